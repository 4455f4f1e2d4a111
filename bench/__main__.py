"""`make bench`: how fast it all is, as a table. Exit code 1 when anything is over its limit."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import limits
from bench.limits import Row
from bench.process import Sample, job, sample

STACK = "aws-dev"
RUNS = 5
TIMES = 16
SHOWN_SECONDS = 0.02
"""Faster packages are only in the sum."""
SHOWN_USERS = 2


def floor_rows(folder: Path, runs: int) -> list[Row]:
    """The whole program against a program that only registers the same resources."""
    recorded = job("record", folder, stack=STACK, folder=str(folder)).answer
    program: list[Sample] = []
    floor: list[Sample] = []
    # In turn, so that whatever else the machine does hits both alike.
    for number in range(runs):
        program.append(job("program", _fresh(folder, f"program-{number}"), stack=STACK, sdks=recorded["sdks"]))
        floor.append(
            job("floor", _fresh(folder, f"floor-{number}"), stack=STACK, sdks=recorded["sdks"], folder=str(folder))
        )
    resources = program[0].answer["resources"]
    wall, base = _wall(program), _wall(floor)
    rest, base_rest = _without_sdks(program), _without_sdks(floor)
    driver = median(s.answer["driver"] - s.answer["keys"] for s in program) / resources * 1000
    memory, base_memory = (median(s.memory for s in samples) for samples in (program, floor))
    return [
        Row(f"{STACK} up from nothing, {resources} resources", wall, "s", note=f"floor {base:.2f} s"),
        Row("whole program / floor", wall / base, "×", limits.PROGRAM_TO_FLOOR),
        Row(
            "the same without the SDKs' import",
            rest / base_rest,
            "×",
            limits.PROGRAM_TO_FLOOR_WITHOUT_IMPORTS,
            f"{rest:.2f} s / {base_rest:.2f} s",
        ),
        Row("driver with its checks, per resource", driver, "ms", limits.DRIVER_MILLISECONDS),
        Row("peak memory / floor", memory / base_memory, "×", limits.MEMORY_TO_FLOOR, f"{memory / 2**20:.0f} MiB"),
        Row("key generation", median(s.answer["keys"] for s in program), "s"),
    ]


def scaling_rows(folder: Path, runs: int) -> list[Row]:
    """What a resource costs among sixteen times as many: in the real program, and in a synthetic one."""
    rows = []
    pools = {f"pool-{number:02}": {"size": "large", "min": 1, "max": 2} for number in range(TIMES)}
    one = {
        "cluster": {"pools": {"pool-00": pools["pool-00"]}},
        "platform": {"components": {"vault": False, "longhorn": False}},
    }
    many = {**one, "cluster": {"pools": pools}}
    small = [job("variant", _fresh(folder, f"small-{n}"), stack=STACK, sections=one) for n in range(runs)]
    large = [job("variant", _fresh(folder, f"large-{n}"), stack=STACK, sections=many) for n in range(runs)]
    rows.append(
        Row(
            f"time per resource, {TIMES} pools / one",
            _each(large) / _each(small),
            "×",
            limits.SCALING,
            _counts(small, large),
        )
    )
    small = [job("synthetic", _fresh(folder, f"few-{n}"), units=TIMES) for n in range(runs)]
    large = [job("synthetic", _fresh(folder, f"lots-{n}"), units=TIMES * TIMES) for n in range(runs)]
    rows.append(
        Row(
            f"time per resource, {TIMES} times as many",
            _each(large) / _each(small),
            "×",
            limits.SCALING,
            _counts(small, large),
        )
    )
    return rows


def start_rows(folder: Path, runs: int) -> list[Row]:
    """What the small commands take, the interpreter's own start included."""
    load = f"from config.load import load_file; load_file('stacks/Pulumi.{STACK}.yaml')"
    wanted: Sequence[tuple[str, list[str], float]] = (
        ("import cli", [sys.executable, "-c", "import cli.main"], limits.CLI_IMPORT_SECONDS),
        ("um --help", [str(Path(sys.executable).parent / "um"), "--help"], limits.HELP_SECONDS),
        ("import adapters.contract", [sys.executable, "-c", "import adapters.contract"], limits.CONTRACT_SECONDS),
        ("load and validate a stack", [sys.executable, "-c", load], limits.CONFIG_SECONDS),
    )
    return [Row(what, _wall([sample(argv, folder) for _ in range(runs)]), "s", limit) for what, argv, limit in wanted]


def import_rows(folder: Path, runs: int) -> list[Row]:
    """The SDKs' packages, the slow ones by name."""
    answers = [job("imports", folder, stack=STACK).answer for _ in range(runs)]
    seconds = {name: median(a["seconds"][name] for a in answers) for name in answers[0]["seconds"]}
    users = answers[0]["users"]
    slow = sorted(seconds, key=lambda name: -seconds[name])
    rows = [Row("SDK import, in all", sum(seconds.values()), "s", note=f"{len(seconds)} packages")]
    return rows + [
        Row(f"  {name}", seconds[name], "s", note=_short(users.get(name, [])))
        for name in slow
        if seconds[name] >= SHOWN_SECONDS
    ]


def _short(names: Sequence[str]) -> str:
    shown = [name.removeprefix("adapters.").removeprefix("components.") for name in names[:SHOWN_USERS]]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(names) > len(shown) else "")


def _fresh(folder: Path, name: str) -> Path:
    place = folder / name
    place.mkdir()
    return place


def _wall(samples: Sequence[Sample]) -> float:
    return median(s.wall for s in samples)


def _without_sdks(samples: Sequence[Sample]) -> float:
    return float(median(s.wall - s.answer["sdks"] for s in samples))


def _each(samples: Sequence[Sample]) -> float:
    return float(median((s.answer["total"] - s.answer["keys"]) / s.answer["resources"] for s in samples))


def _counts(small: Sequence[Sample], large: Sequence[Sample]) -> str:
    return f"{small[0].answer['resources']} → {large[0].answer['resources']} resources"


def _print(rows: Sequence[Row]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("what")
    table.add_column("median", justify="right")
    table.add_column("limit", justify="right")
    table.add_column("")
    table.add_column("note", style="dim")
    for row in rows:
        limit = "" if row.limit is None else f"{row.limit:g} {row.unit}"
        mark = "" if row.limit is None else "ok" if row.ok else "[red]over[/red]"
        table.add_row(row.what, f"{row.value:.2f} {row.unit}", limit, mark, row.note)
    Console().print(table)


def main() -> int:
    """Measure, print, and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument(
        "--runs", type=int, default=RUNS, help="runs whose median is shown (5 or more for figures to quote)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows: list[Row] = []
        for part in (start_rows, floor_rows, scaling_rows, import_rows):
            rows += part(folder, options.runs)
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, medians of {options.runs}"
    if options.json:
        document: dict[str, Any] = {"machine": machine, "rows": [{**_fields(row), "ok": row.ok} for row in rows]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        sys.stdout.write(machine + "\n\n")
        _print(rows)
    return 0 if all(row.ok for row in rows) else 1


def _fields(row: Row) -> dict[str, Any]:
    return {"what": row.what.strip(), "value": row.value, "unit": row.unit, "limit": row.limit, "note": row.note}


if __name__ == "__main__":
    sys.exit(main())
