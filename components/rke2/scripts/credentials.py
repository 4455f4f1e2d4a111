# ruff: noqa: INP001 -- runs on the node by itself
"""Prints the line of a curl configuration that logs in with a node's join token. Run on the node: `credentials.py TOKEN_FILE`."""

import json
import sys
from pathlib import Path

token = json.loads(Path(sys.argv[1]).read_text())["token"]
sys.stdout.write(f'user = "{token.partition("::")[2]}"\n')
