"""`um`: what Pulumi's own CLI lacks. Importing this package loads neither Pulumi nor pydantic."""
