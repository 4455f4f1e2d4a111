"""The simulators behind the provider protocol of the real Pulumi engine, on loopback."""
