import json
import subprocess
import sys

import pytest

from bench.floor import floor_source
from bench.limits import Row
from sandbox.engine.properties import Properties
from sandbox.engine.resources import Resource
from tests.support.program import ROOT


def test_a_row_is_over_when_it_exceeds_its_limit_and_only_then() -> None:
    assert Row("x", 1.0, "s", 1.0).ok
    assert not Row("x", 1.01, "s", 1.0).ok
    assert Row("x", 99.0, "s").ok


def test_the_floor_registers_the_same_resource_with_literals() -> None:
    urn = "urn:pulumi:aws-dev::unifiedmeta::random:index/randomId:RandomId::end"
    made = Resource(urn, "random:index/randomId:RandomId", custom=True, id="x", inputs=Properties({"byteLength": 4}))
    source = floor_source([made])
    assert "RandomId as pulumi_random_RandomId" in source
    assert "pulumi_random_RandomId('end', byte_length=4, opts=" in source
    compile(source, "floor", "exec")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_everything_is_measured_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--runs", "1", "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    measured = {row["what"] for row in json.loads(done.stdout)["rows"]}
    assert {"whole program / floor", "peak memory / floor", "um --help", "key generation"} <= measured
