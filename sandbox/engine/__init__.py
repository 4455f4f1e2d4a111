"""The in-process driver: the program runs under a resource monitor of our own, with no Pulumi CLI. See docs/sandbox.md."""
