"""Transcripts in documentation: commands that are run, and what they print.

A block ```` ```console ```` begins with `$ command` and goes on with its output. ``python -m tests.docs.transcripts`` runs the blocks of README.md
in their order, on a copy of the project, and writes what they print; the test compares instead. What differs from run to run (times, random
names) is masked for the comparison and kept as it is in the text.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```console\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
COPIED = ("Pulumi.yaml", "__main__.py", "Makefile", "pyproject.toml", "requirements.txt", "stacks", "adapters", "components", "config", "cli",
          "sandbox", "values", "charts", "images", "requirements.in")  # fmt: skip
MASKS = (
    (re.compile(r"\s+\d+\.\d s\b"), " # s"),
    (re.compile(r"\bns-\d+\.awsdns-\d+\.[a-z.]+"), "#"),
    (re.compile(r"\b198\.18\.\d+\.\d+"), "#"),
    (re.compile(r"\bum-[a-z0-9]{8}\b"), "#"),
    (re.compile(r"\b(?:i-)?[a-z]?[0-9a-f]{7,}\b"), "#"),
    (re.compile(r"\b[a-z0-9]{14}\.cloudfront"), "#.cloudfront"),
)


@dataclass(frozen=True)
class Transcript:
    """One command and the output that the document shows."""

    command: str
    output: str


def transcripts(text: str) -> Iterator[Transcript]:
    """Every block of the document that shows output."""
    for match in BLOCK.finditer(text):
        command, _, output = match["text"].partition("\n")
        yield Transcript(command.removeprefix("$ "), output)


def masked(output: str) -> list[str]:
    """The lines, without what differs from run to run. The name servers' order is random too."""
    lines = []
    for line in output.splitlines():
        kept = line
        for pattern, word in MASKS:
            kept = pattern.sub(word, kept)
        lines.append(kept.rstrip())
    return lines


class Copy:
    """A copy of the project in a folder of its own, sharing the virtual environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "unifiedmeta"
        self.folder.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, self.folder / name)
        (self.folder / ".venv").symlink_to(ROOT / ".venv")
        identity = ("-c", "user.name=reader", "-c", "user.email=reader@example.com")
        for words in (("init", "-q"), ("add", "stacks"), (*identity, "commit", "-q", "-m", "as cloned")):
            subprocess.run(["git", *words], cwd=self.folder, check=True, capture_output=True)
        (ROOT / ".venv" / ".runtime").touch()

    def run(self, command: str) -> str:
        """What a shell prints for the command, both streams. Failing is not an error: some blocks show refusals."""
        # The copy's own code, not the installed project's: PYTHONPATH comes before the editable install.
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("UNIFIEDMETA_", "MAKE", "MFLAGS"))}
        environment |= {
            "COLUMNS": "110",
            "PYTHONPATH": str(self.folder),
            "UNIFIEDMETA_SANDBOX_DRIVER": "in-process",
            "PATH": f"{self.folder}/.venv/bin:{os.environ['PATH']}",
        }
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        # `make` reports a recipe's exit code in its own words, which depend on its version.
        return "\n".join(line.rstrip() for line in said.splitlines() if not line.startswith("make:")).strip("\n") + "\n"


def written(text: str, folder: Path) -> str:
    """The document with every output as it is now."""
    copy = Copy(folder)

    def run(match: re.Match[str]) -> str:
        command = match["text"].partition("\n")[0]
        output = copy.run(command.removeprefix("$ "))
        shown = "" if output == "\n" else output
        return f"```console\n{command}\n{shown}```"

    return BLOCK.sub(run, text)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        README.write_text(written(README.read_text(encoding="utf-8"), Path(scratch)), encoding="utf-8")
    sys.stdout.write(f"{README.name} is up to date\n")
