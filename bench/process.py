"""Runs a command in a fresh process and says what it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
_KILOBYTE: Final = 1024
"""Linux gives the peak of memory in these; macOS in bytes."""


class CommandError(Exception):
    """A measured command failed: there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a command."""

    wall: float
    """Seconds from its start to its end, the interpreter's own included."""
    cpu: float
    """Seconds of processor time, user and system."""
    memory: float
    """Peak resident set, in bytes."""
    answer: Mapping[str, Any] = field(default_factory=dict)
    """What a job printed, see :mod:`bench.jobs`."""


def sample(argv: Sequence[str], folder: Path) -> Sample:
    """Run a command once, its sandbox state below `folder`. Raises CommandError."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["UNIFIEDMETA_SANDBOX_DIR"] = str(folder)
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as printed:
        begun = perf_counter()
        process = subprocess.Popen(argv, cwd=ROOT, env=environment, stdout=printed, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        output = printed.read().decode()
        if process.returncode:
            errors.seek(0)
            raise CommandError(f"{' '.join(argv)} ended with {process.returncode}:\n{errors.read().decode()}{output}")
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else _KILOBYTE)
    return Sample(wall, usage.ru_utime + usage.ru_stime, memory, _answer(output))


def job(name: str, folder: Path, /, **arguments: Any) -> Sample:
    """Run one of :mod:`bench.jobs` in a process of its own."""
    return sample([sys.executable, "-m", "bench.jobs", name, json.dumps(arguments)], folder)


def _answer(output: str) -> dict[str, Any]:
    """The last line, where it is a JSON object."""
    last = output.rstrip().rpartition("\n")[2]
    if not last.startswith("{"):
        return {}
    try:
        found = json.loads(last)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
