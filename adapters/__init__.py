"""CSP adapters: the contract, and one folder per cloud service provider with the same file names in each."""
