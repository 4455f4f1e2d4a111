"""One scenario a file: `RUNS`, over one state."""
