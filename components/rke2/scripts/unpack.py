# ruff: noqa: INP001 -- runs on the node by itself
"""Puts a node's secret where RKE2 looks for it. Run on the node: `unpack.py config|tls ROOT < bundle`.

The bundle is JSON (components/rke2/pki.py): `config` becomes a file of config.yaml.d, `registries` becomes registries.yaml, `tls` the CA set.
Files are 0600 and written whole or not at all. Exit 1: no usable bundle, try again. Exit 3: other authorities are here already.
Needs nothing but Python's own library. No message contains a value.
"""

import json
import os
import sys
from pathlib import Path


def put(path: Path, text: str) -> None:
    """Write `text` to `path`, atomically, for root only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def put_authorities(directory: Path, files: dict[str, str]) -> None:
    """The CA set, never over another one: RKE2 takes the cluster's identity from it."""
    others = [
        name for name, text in files.items() if (directory / name).exists() and (directory / name).read_text() != text
    ]
    if others:
        sys.stderr.write(f"other authorities than the secret's are in {directory}: {', '.join(sorted(others))}\n")
        sys.exit(3)
    for directory_ in (directory.parent, directory):
        directory_.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in files.items():
        put(directory / name, text)


def main(part: str, root: Path) -> None:
    """Unpack one part of the bundle on standard input."""
    try:
        bundle = json.load(sys.stdin)
        section = bundle[part]
    except (ValueError, LookupError, TypeError):
        sys.stderr.write("the secret's value is not a bundle with this part yet\n")
        sys.exit(1)
    if part == "tls":
        put_authorities(root / "var/lib/rancher/rke2/server/tls", section)
        return
    # JSON is YAML; the values are plain texts.
    if "registries" in bundle:
        put(root / "etc/rancher/rke2/registries.yaml", json.dumps(bundle["registries"]))
    put(root / "etc/rancher/rke2/config.yaml.d/50-token.yaml", json.dumps(section))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
