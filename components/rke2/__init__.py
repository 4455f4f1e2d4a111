"""RKE2: the cluster's credentials, what its nodes run, and the cluster itself."""
