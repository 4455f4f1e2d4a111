"""The corpus of stack files: every `.yaml` in good/ loads, every one in bad/ gives exactly the problems that stand in its first lines.

    # expect: 12: network.cidr: '10.0.0.5/16' has host bits set
    #     → write 10.0.0.0/16

A new case is a new file. `python -m tests.config.corpus` writes the expectations into bad files; read what it wrote.
"""

from __future__ import annotations

from pathlib import Path

from config.load import load_file
from config.problems import StackFileError

FOLDER = Path(__file__).parent
EXPECT, REMEDY = "# expect: ", "#     → "


def files(kind: str) -> list[Path]:
    return sorted((FOLDER / kind).glob("*.yaml"))


def expected(file: Path) -> list[str]:
    """The leading lines of the file that say what is wrong with it."""
    found = []
    for line in file.read_text().splitlines():
        if not line.startswith((EXPECT, REMEDY)):
            break
        found.append(line)
    return found


def actual(file: Path) -> list[str]:
    """What loading the file says, as the corpus writes it."""
    try:
        load_file(file)
    except StackFileError as error:
        rows = sorted((error.line(p) or 0, p.key, p.message, p.remedy) for p in error.problems)
        return [
            text
            for line, key, message, remedy in rows
            for text in (f"{EXPECT}{line or '-'}: {key}: {message}", f"{REMEDY}{remedy}")
        ]
    return []


def rewrite(file: Path) -> None:
    """Writes the expectations; twice, because their number moves the lines that they speak of."""
    for _ in range(2):
        body = file.read_text().splitlines()[len(expected(file)) :]
        file.write_text("\n".join([*actual(file), *body]) + "\n")
    file.write_text("\n".join([*actual(file), *body]) + "\n")


if __name__ == "__main__":
    for case in files("bad"):
        rewrite(case)
