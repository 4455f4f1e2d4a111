"""The common layer: the same for every CSP. It reads records of the adapter contract and knows no cloud."""
