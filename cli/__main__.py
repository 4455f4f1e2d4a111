"""`python -m cli` is `um`."""

from cli.main import run

run()
