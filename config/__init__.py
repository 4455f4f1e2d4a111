"""What a stack file may say, as a typed and frozen model; see :mod:`config.model`. Imports no cloud SDK."""
