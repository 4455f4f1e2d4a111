"""Records what the real engine makes of every scenario: `python -m tests.sandbox.parity.record [NAME …]`."""

from __future__ import annotations

import json
import sys

from sandbox import pulumi_cli
from tests.sandbox.parity import engine, observed


def main(names: list[str]) -> int:
    """Writes `recorded/<name>.json` for these scenarios, or for all."""
    if pulumi_cli.find() is None:
        sys.stderr.write("there is no `pulumi` on PATH\n    → install the Pulumi CLI\n")
        return 1
    observed.RECORDED.mkdir(exist_ok=True)
    for name in names or observed.PROGRAMS:
        runs = engine.play(name)
        wrong = [
            f"run {index} of {name} {'fails' if not run['ok'] else 'does not fail'}: {run['errors']}"
            for index, run in enumerate(runs)
            if run["ok"] == observed.program(name).RUNS[index].fails
        ]
        if wrong:
            sys.stderr.write("\n".join([*wrong, "    → correct the scenario\n"]))
        (observed.RECORDED / f"{name}.json").write_text(json.dumps(runs, indent=1, sort_keys=True) + "\n")
        sys.stdout.write(f"{name}: {len(runs)} runs\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
