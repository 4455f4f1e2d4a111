"""Simulated clouds behind the provider interface, so that the whole program runs with no account. See docs/sandbox.md."""
