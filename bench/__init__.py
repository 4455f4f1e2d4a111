"""Measures the program's speed against a floor and against its limits: `make bench`."""
