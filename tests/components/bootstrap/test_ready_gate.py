"""The waiting program, run as it is run by the engine, against a server that really speaks TLS."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from components.bootstrap import ready_gate
from tests.components.bootstrap.api_server import Authority, access, serve

SCRIPT = Path(ready_gate.__file__)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("server-ca")


def gate(text: str, timeout: float = 0, *hints: str) -> subprocess.CompletedProcess[str]:
    said = [part for hint in hints for part in ("--hint", hint)]
    command = [sys.executable, str(SCRIPT), "--timeout", str(timeout), *said]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)


def test_a_ready_server_lets_the_run_go_on(authority: Authority, tmp_path: Path) -> None:
    with serve(authority, tmp_path, [(200, "ok")]) as port:
        done = gate(access(authority, port))
    assert (done.returncode, done.stdout, done.stderr) == (0, "ready\n", "")


def test_behind_a_tunnel_the_certificate_is_checked_for_the_name_that_the_kubeconfig_says(
    authority: Authority, tmp_path: Path
) -> None:
    with serve(authority, tmp_path, [(200, "ok")]) as port:
        assert gate(access(authority, port, tls_server_name="kubernetes")).returncode == 0
        wrong = gate(access(authority, port, tls_server_name="elsewhere"))
    assert wrong.returncode == 1
    assert "for another name" in wrong.stderr


def test_a_server_that_is_not_ready_says_what_is_missing(authority: Authority, tmp_path: Path) -> None:
    body = "[+]ping ok\n[-]etcd failed: reason withheld\n[-]poststarthook/rbac failed\nreadyz check failed"
    with serve(authority, tmp_path, [(500, body)]) as port:
        done = gate(access(authority, port), 0, "type this next")
    assert done.returncode == 1
    assert "HTTP 500; not ready: etcd failed: reason withheld, poststarthook/rbac failed" in done.stderr
    assert "→ type this next" in done.stderr


def test_it_goes_on_as_soon_as_the_server_is_ready(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(authority, tmp_path, [(500, "no"), (401, ""), (200, "ok")]) as port:
        reached = ready_gate.read_access(access(authority, port))
        slept: list[float] = []
        assert ready_gate.wait(lambda: ready_gate.attempt(reached), 60, sleep=slept.append) == ""
    assert slept == [ready_gate.PAUSE_SECONDS] * 2


def test_it_stops_when_the_time_is_over_with_the_last_reason() -> None:
    now = iter(range(0, 1000, 10))
    reasons = iter(["refused", "refused", "not ready", "not ready", "not ready"])
    assert (
        ready_gate.wait(lambda: next(reasons), 35, clock=lambda: float(next(now)), sleep=lambda _: None) == "not ready"
    )


def test_another_cluster_at_the_same_address_is_recognised(authority: Authority, tmp_path: Path) -> None:
    with serve(Authority("somebody-else"), tmp_path, [(200, "ok")]) as port:
        done = gate(access(authority, port))
    assert done.returncode == 1
    assert "another cluster" in done.stderr


def test_a_refused_certificate_is_not_taken_for_a_slow_start(authority: Authority, tmp_path: Path) -> None:
    with serve(authority, tmp_path, [(401, "Unauthorized")]) as port:
        done = gate(access(authority, port))
    assert "it refuses the admin certificate (HTTP 401)" in done.stderr


def test_a_port_where_nobody_listens_is_refused(authority: Authority) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = gate(access(authority, port))
    assert done.returncode == 1
    assert "refused: nothing listens there yet" in done.stderr


def test_neither_message_nor_leftover_file_shows_the_key(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    text = access(authority, 9)
    broken = json.dumps({**json.loads(text), "certificate": "not a certificate"})
    for given in (text, broken, text[:-40], "{}"):
        done = gate(given)
        assert done.returncode in (1, 64)
        assert "PRIVATE KEY" not in done.stdout + done.stderr
        assert json.loads(text)["key"].splitlines()[1] not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_wrong_input_is_a_wrong_use_and_not_an_unready_cluster() -> None:
    for given in ("", "[]", "{}"):
        assert gate(given).returncode == 64


def test_the_script_needs_nothing_but_the_standard_library() -> None:
    code = f"import runpy, sys; sys.argv = ['x', '--help']; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
