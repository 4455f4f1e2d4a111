import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import config as engine

from config import load
from config.load import STACK_FILE_VARIABLE, UNKNOWN_SECRET, load_file, load_program
from config.problems import Problem, StackFileError
from config.source import parse
from tests.config import corpus
from tests.support.stacks import SMALLEST

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _engine_without_values(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test gives the engine its own values and leaves none behind."""
    monkeypatch.setenv(STACK_FILE_VARIABLE, "no-such-folder/no-such-file.yaml")
    values, secrets = engine.CONFIG.set({}), engine._SECRET_KEYS.set(set())
    yield
    engine.CONFIG.reset(values)
    engine._SECRET_KEYS.reset(secrets)


def engine_has(sections: dict[str, Any], *secrets: str) -> None:
    """Gives the engine values in the form in which it hands them to programs."""
    values = {f"unifiedmeta:{k}": v if isinstance(v, str) else json.dumps(v) for k, v in sections.items()}
    engine.set_all_config(values, [f"unifiedmeta:{name}" for name in secrets])


def program(stack_name: str = "acme-dev") -> Any:
    return load_program(pulumi.Config("unifiedmeta"), stack_name)


def problems_of(stack_name: str = "acme-dev") -> list[Problem]:
    with pytest.raises(StackFileError) as caught:
        program(stack_name)
    return list(caught.value.problems)


REGISTRY = {"mirror": "harbor.acme.example", "username": "puller", "password": "hunter2"}


def test_a_program_gets_the_same_stack_as_a_command() -> None:
    for file in corpus.files("good"):
        source = parse(file.read_text(), file.name)
        if source.secure:
            continue
        engine_has(source.values)
        assert program() == load_file(file).stack, file.name


def test_a_stack_loads_without_any_file() -> None:
    engine_has(SMALLEST)
    assert program().dns.domain == "acme.example"


def test_scalar_sections_arrive_as_text() -> None:
    engine_has({**SMALLEST, "apiVersion": "1", "protection": "off"})
    assert program().protection is False
    engine_has({**SMALLEST, "protection": "true"})
    assert program().protection is True


def test_values_given_on_the_command_line_win_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text((ROOT / "stacks" / "Pulumi.aws-dev.yaml").read_text())
    monkeypatch.setenv(STACK_FILE_VARIABLE, str(file))
    values = parse(file.read_text(), file.name).values
    engine_has({**values, "cluster": {**values["cluster"], "servers": {"count": 5}}})
    assert program("aws-dev").cluster.servers.count == 5


def test_a_secret_of_the_engine_is_read_and_not_shown() -> None:
    engine_has({**SMALLEST, "registry": REGISTRY}, "registry")
    stack = program()
    assert stack.registry.password.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{stack!r} {stack} {stack.model_dump()}"


def test_a_secret_in_clear_is_refused_without_showing_it() -> None:
    engine_has({**SMALLEST, "registry": REGISTRY})
    with pytest.raises(StackFileError) as caught:
        program()
    (problem,) = caught.value.problems
    assert problem.message == "is a secret in clear"
    assert "pulumi config set --path --secret unifiedmeta:registry.password" in problem.remedy
    assert "hunter2" not in str(caught.value)


def test_a_secret_in_clear_beside_an_encrypted_value_is_found_by_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "Pulumi.acme-dev.yaml"
    file.write_text("config:\n  unifiedmeta:registry:\n    username:\n      secure: v1:a:b\n    password: hunter2\n")
    monkeypatch.setenv(STACK_FILE_VARIABLE, str(file))
    engine_has({**SMALLEST, "registry": REGISTRY}, "registry")
    assert {(p.key, p.message.split(",")[0]) for p in problems_of()} == {
        ("registry.password", "is a secret in clear"),
        ("registry.username", "is encrypted"),
    }


def test_bad_values_of_a_secret_section_are_not_shown() -> None:
    engine_has(
        {**SMALLEST, "registry": {"mirror": "https://hunter2", "password": 4711, "airgap": "hunter2"}}, "registry"
    )
    with pytest.raises(StackFileError) as caught:
        program()
    assert {p.key for p in caught.value.problems} >= {"registry.mirror", "registry.password", "registry.airgap"}
    assert "hunter2" not in str(caught.value)
    assert "4711" not in str(caught.value)


def test_keys_that_the_model_does_not_know_are_found_in_the_engine() -> None:
    engine_has({**SMALLEST, "netwrk": {"zones": 3}})
    (problem,) = problems_of()
    assert (problem.key, problem.remedy) == ("netwrk", "did you mean 'network'?")


def test_keys_of_other_namespaces_are_left_alone() -> None:
    engine_has(SMALLEST)
    engine.set_config("acme:owner", "platform-team")
    assert program()


def test_lines_come_from_the_stacks_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    text = (ROOT / "stacks" / "Pulumi.aws-dev.yaml").read_text().replace("nat: single", "nat: sinlge")
    (tmp_path / "stacks" / "Pulumi.aws-dev.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(STACK_FILE_VARIABLE)
    engine_has(parse(text, "").values)
    with pytest.raises(StackFileError) as caught:
        program("aws-dev")
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "sinlge" in row)
    assert str(caught.value).splitlines()[1].startswith(f"stacks/Pulumi.aws-dev.yaml:{line}: network.nat: ")


def test_a_file_without_config_does_not_trouble_a_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.acme-dev.yaml"
    file.write_text("encryptionsalt: v1:a:b\n")
    monkeypatch.setenv(STACK_FILE_VARIABLE, str(file))
    engine_has(SMALLEST)
    assert program()


def test_what_pulumi_would_drop_is_refused_in_a_program_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.acme-dev.yaml"
    file.write_text("owner: me\nconfig:\n  aws:region: ap-northeast-2\n")
    monkeypatch.setenv(STACK_FILE_VARIABLE, str(file))
    engine_has(SMALLEST)
    assert {p.key for p in problems_of()} == {"(top level).owner", "aws:region"}


def test_an_illegal_stack_name_is_refused() -> None:
    engine_has(SMALLEST)
    assert [p.key for p in problems_of("Acme_Dev")] == ["(stack name)"]


def test_pulumi_prints_a_refusal_without_a_stack_trace() -> None:
    engine_has({**SMALLEST, "protection": "sometimes"})
    with pytest.raises(pulumi.RunError) as caught:
        program()
    assert str(caught.value).startswith("1 problem in the stack file\n")


def test_problems_found_later_get_the_files_lines_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STACK_FILE_VARIABLE, str(ROOT / "stacks" / "Pulumi.aws-dev.yaml"))
    error = load.refusal([Problem(("cloud", "account"), "is another", "change it")], "aws-dev")
    assert isinstance(error, pulumi.RunError)
    assert "Pulumi.aws-dev.yaml:13: cloud.account: is another" in str(error)


def test_a_command_shows_an_encrypted_value_as_an_unknown_secret() -> None:
    (file,) = [file for file in corpus.files("good") if file.stem == "airgapped"]
    password = load_file(file).stack.registry.password
    assert password
    assert password.get_secret_value() == UNKNOWN_SECRET


def test_a_loaded_stack_can_refuse_what_is_found_later() -> None:
    loaded = load_file(ROOT / "stacks" / "Pulumi.aws-dev.yaml")
    loaded.refuse([])
    with pytest.raises(StackFileError, match=r"Pulumi\.aws-dev\.yaml:\d+: network\.zones: no"):
        loaded.refuse([Problem(("network", "zones"), "no", "yes")])


def test_a_file_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(StackFileError, match="choose one of: aws-dev"):
        load_file(ROOT / "stacks" / "Pulumi.aws-dve.yaml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.x.yaml"
    file.write_bytes(b"config: \xff\xfe")
    with pytest.raises(StackFileError, match="UTF-8"):
        load_file(file)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("0777", 511),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", 1000),
        ("012345678901", 12345678901.0),
        ("1.35", 1.35),
        ("1e3", 1000.0),
        ("12:30:00", "12:30:00"),
        ("10.0.0.0/16", "10.0.0.0/16"),
        ("'12'", "12"),
    ],
)
def test_scalars_are_read_as_pulumis_cli_reads_them(text: str, value: object) -> None:
    """Expected values as `pulumi config --json` printed them."""
    found = parse(f"config:\n  unifiedmeta:x:\n    key: {text}\n", "").values["x"]["key"]
    assert found == value
    assert type(found) is type(value)


def test_a_hundred_thousand_aliases_are_refused_in_no_time() -> None:
    bomb = "config:\n  unifiedmeta:tags:\n    a: &a [x]\n" + "".join(
        f"    b{n}: &b{n} [{', '.join(['*a' if n == 0 else f'*b{n - 1}'] * 9)}]\n" for n in range(9)
    )
    start = time.perf_counter()
    assert parse(bomb, "").problems
    assert time.perf_counter() - start < 1.0


def test_loading_costs_less_than_a_second_in_a_fresh_process_and_loads_no_sdk() -> None:
    code = (
        "import sys, time; start = time.perf_counter()\n"
        "from config.load import load_file; load_file('stacks/Pulumi.aws-dev.yaml')\n"
        "print(time.perf_counter() - start); print(*sys.modules)"
    )
    taken, modules = min(
        (float(output.splitlines()[0]), output.splitlines()[1])
        for output in (
            subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
            for _ in range(3)
        )
    )
    assert taken < 1.0
    assert not {"pulumi", "pulumi_aws", "grpc", "ruamel.yaml"} & set(modules.split())
