"""The platform: which components, in which order, with which values; delivered as Helm releases."""
