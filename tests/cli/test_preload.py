"""What a command imports before it runs the program, so that it can say how long that took."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.program import ROOT

RUN = """
import gc, json, sys
from pathlib import Path
from cli import runs
from cli.preload import preload

preload("aws")
loaded, enabled, frozen = set(sys.modules), gc.isenabled(), gc.get_freeze_count()
root = Path.cwd()
result = runs.engine(root, "aws-dev", root / "stacks" / "Pulumi.aws-dev.yaml", keep=False).preview()
late = sorted(name for name in set(sys.modules) - loaded if name.startswith("pulumi"))
print(json.dumps({"ok": result.ok, "late": late, "enabled": enabled, "frozen": frozen}))
"""


@pytest.mark.xdist_group("program")
def test_the_program_loads_no_sdk_package_that_was_not_loaded_before() -> None:
    done = subprocess.run([sys.executable, "-c", RUN], cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["ok"]
    assert told["late"] == []
    assert told["enabled"], "the garbage collector has to be on again"
    assert told["frozen"] > 100_000, "what was imported is to be left alone by it"
