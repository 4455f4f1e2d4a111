"""Against a `pulumi` that only writes down how it was called; test_pulumi_cli_real.py uses a real one."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import pulumi_cli
from sandbox.pulumi_cli import CliError, Outcome
from tests.sandbox.grpc.fake import FakeProvider

SCRIPT = """#!{python}
import json, os, pathlib, signal, sys, time
argv = sys.argv[1:]
calls = pathlib.Path({calls!r})
with calls.open("a") as log:
    log.write(json.dumps({{"argv": argv, "cwd": os.getcwd(), "env": dict(os.environ)}}) + "\\n")
checkpoint = pathlib.Path(os.environ["PULUMI_BACKEND_URL"][len("file://"):]) / ".pulumi" / "stacks" / "demo" / "dev.json"
if argv[0] == "version":
    print({version!r})
elif argv[:2] == ["stack", "init"]:
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text("{{}}")
elif argv[:2] == ["stack", "export"]:
    print(json.dumps({export!r}))
elif argv[0] in ("up", "preview", "refresh", "destroy"):
    log = pathlib.Path(argv[argv.index("--event-log") + 1])
    log.write_text('{{"resourcePreEvent": {{"metadata": {{"op": "create", "urn": "urn:a", "type": "t"}}}}}}\\n')
    print("streamed")
    if {waits!r}:
        def stopped(number, frame):
            print("interrupted by", number, flush=True)
            sys.exit(7)
        signal.signal(signal.SIGINT, stopped)
        signal.signal(signal.SIGTERM, stopped)
        calls.with_suffix(".waiting").touch()
        time.sleep(60)
    sys.exit({code!r})
"""

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts the recorder on PATH, and gives the file it writes to."""

    def put(*, version: str = "v3.260.0", code: int = 0, waits: bool = False, export: object = None) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        calls = tmp_path / "calls"
        script = folder / "pulumi"
        script.write_text(
            SCRIPT.format(
                python=sys.executable, calls=str(calls), version=version, code=code, waits=waits, export=export
            )
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return calls

    return put


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / "stacks").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\nstackConfigDir: stacks\n")
    (folder / "stacks" / "Pulumi.dev.yaml").write_text("config:\n  demo:key: {password: {secure: v1:theirs}}\n")
    return folder


def run(project: Path, command: pulumi_cli.Command = "up", **options: Any) -> Outcome:
    folder = project / ".sandbox"
    return pulumi_cli.run(project, "dev", command, folder=folder, providers={"fake": FakeProvider}, **options)


def called(calls: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in calls.read_text().splitlines()]


def test_a_run_makes_the_stack_once_and_gives_the_steps_and_the_exit_code(install: Install, project: Path):
    calls = install(code=3)
    outcome = run(project)
    run(project)
    assert (outcome.exit_code, [step.op for step in outcome.steps]) == (3, ["create"])
    assert [call["argv"][:2] for call in called(calls)] == [
        ["version"],
        ["stack", "init"],
        ["config", "set"],
        ["up", "--stack"],
        ["version"],
        ["config", "set"],
        ["up", "--stack"],
    ]


def test_the_cli_gets_the_simulators_and_nothing_of_the_users(
    install: Install, project: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "theirs")
    monkeypatch.setenv("AWS_PROFILE", "theirs")
    calls = install()
    run(project)
    last = called(calls)[-1]
    package, _, port = last["env"]["PULUMI_DEBUG_PROVIDERS"].partition(":")
    assert (package, port.isdigit()) == ("fake", True)
    assert all("theirs" not in call["env"].values() for call in called(calls))
    assert last["cwd"] == str(project / ".sandbox" / "project")


@pytest.mark.parametrize(
    ("command", "options", "present", "absent"),
    [
        ("up", {}, ["--yes", "--skip-preview", "--non-interactive"], ["--json"]),
        ("up", {"preview_first": True}, ["--yes"], ["--skip-preview"]),
        ("preview", {"as_json": True}, ["--json"], ["--yes", "--skip-preview"]),
        ("destroy", {"extra": ["--target", "urn:a"]}, ["--yes", "--target", "urn:a"], ["--skip-preview"]),
        ("refresh", {}, ["--yes", "--skip-preview"], []),
    ],
)
def test_no_command_waits_for_an_answer(  # noqa: PLR0917
    install: Install,
    project: Path,
    command: pulumi_cli.Command,
    options: dict[str, Any],
    present: list[str],
    absent: list[str],
):
    calls = install()
    run(project, command, **options)
    argv = called(calls)[-1]["argv"]
    assert argv[0] == command
    assert set(present) <= set(argv)
    assert not set(absent) & set(argv)


def test_a_secret_of_the_stack_file_becomes_a_stand_in(install: Install, project: Path):
    calls = install()
    run(project)
    (argv,) = [call["argv"] for call in called(calls) if call["argv"][0] == "config"]
    assert argv[-4:] == ["--path", "--", "demo:key.password", "[secret]"]
    assert "--secret" in argv
    assert (
        project / "stacks" / "Pulumi.dev.yaml"
    ).read_text() == "config:\n  demo:key: {password: {secure: v1:theirs}}\n"


def test_the_simulators_are_told_what_the_state_holds(install: Install, project: Path):
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '{"a": 1}'}
    resources = [
        {
            "urn": "urn:1",
            "type": "fake:index:Thing",
            "custom": True,
            "id": "i",
            "provider": "urn:p::id",
            "outputs": {"x": secret, "y": [2]},
        },
        {
            "urn": "urn:2",
            "type": "fake:index:Thing",
            "custom": True,
            "id": "i",
            "provider": "urn:p::id",
            "external": True,
        },
        {"urn": "urn:3", "type": "some:component", "custom": False},
    ]
    ((type_, urn, live),) = pulumi_cli._known(resources)("urn:p")
    assert (type_, urn, live.id, live.properties) == ("fake:index:Thing", "urn:1", "i", {"x": {"a": 1}, "y": [2]})
    assert pulumi_cli._known(resources)("urn:other") == []


def test_without_a_cli_the_message_says_what_else_there_is(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pulumi_cli.find() is None
    with pytest.raises(CliError, match="no `pulumi` on PATH"):
        run(project)


@pytest.mark.parametrize("printed", ["v3.259.9", "3.100.0", "v2.300.0"])
def test_an_old_cli_is_refused_with_what_to_do(install: Install, project: Path, printed: str):
    install(version=printed)
    with pytest.raises(CliError, match=f"is version {printed}; the sandbox needs 3.260.0 or newer\n    → update"):
        run(project)


@pytest.mark.parametrize("printed", ["v3.260.0", "v3.300.1-alpha.1+dirty", "v4.0.0", ""])
def test_a_new_cli_and_one_of_ones_own_are_accepted(printed: str):
    pulumi_cli.check_version(printed, "pulumi")


def test_something_else_of_that_name_is_refused():
    with pytest.raises(CliError, match="does not say its version, but 'a shell wrapper'"):
        pulumi_cli.check_version("a shell wrapper", "pulumi")


def test_a_stack_without_a_file_is_refused_by_name(install: Install, project: Path):
    install()
    with pytest.raises(CliError, match="no stack file for 'other'"):
        pulumi_cli.run(project, "other", "up", folder=project / ".sandbox", providers={})


def leave_lock(project: Path, pid: int) -> Path:
    folder = project / ".sandbox" / "backend" / ".pulumi" / "locks" / "organization" / "demo" / "dev"
    folder.mkdir(parents=True)
    file = folder / "lock.json"
    file.write_text(json.dumps({"pid": pid, "timestamp": "2026-01-01T00:00:00Z"}))
    return file


def test_a_lock_of_a_run_that_is_gone_is_removed_and_said(install: Install, project: Path):
    install()
    gone = subprocess.Popen(["true"])
    gone.wait()
    file = leave_lock(project, gone.pid)
    said: list[str] = []
    assert run(project, say=said.append).exit_code == 0
    assert not file.exists()
    assert said == [
        f"removed the lock that process {gone.pid} left on dev (since 2026-01-01T00:00:00Z); it runs no more"
    ]


def test_a_lock_of_a_run_that_goes_on_is_respected(install: Install, project: Path):
    install()
    file = leave_lock(project, os.getpid())
    with pytest.raises(
        CliError, match=f"another run holds dev: process {os.getpid()}.*\n    → wait for it, or stop it"
    ):
        run(project)
    assert file.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_cli_once_and_the_run_ends_when_it_does(
    install: Install, project: Path, number: int, tmp_path: Path
):
    calls = install(waits=True)

    def interrupt() -> None:
        while not calls.with_suffix(".waiting").exists():
            time.sleep(0.05)
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    threading.Thread(target=interrupt).start()
    with (tmp_path / "output").open("w") as output:
        assert run(project, output=output.fileno()).exit_code == 7
    assert (tmp_path / "output").read_text().count("interrupted by") == 1
    assert signal.getsignal(number) is before


def test_what_the_cli_prints_streams_to_where_it_was_asked(install: Install, project: Path, tmp_path: Path):
    install()
    with (tmp_path / "output").open("w") as output:
        run(project, output=output.fileno())
    assert (tmp_path / "output").read_text() == "streamed\n"
