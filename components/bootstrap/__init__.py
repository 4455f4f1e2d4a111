"""What a cluster needs before any chart: the ready gate, the provider, namespaces, priority classes, storage class, secrets."""
