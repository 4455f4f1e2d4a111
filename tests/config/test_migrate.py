import re
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from config import migrate
from config.load import load_file
from config.migrate import migrate_text
from config.names import API_VERSION
from config.problems import StackFileError

FOLDER = Path(__file__).parent / "migrate"
OLD = (FOLDER / "layout-0.yaml").read_text()
NEW = (FOLDER / "layout-1.yaml").read_text()


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"(?:^|\s)#.*?$", text, re.MULTILINE), key=str.strip)


def test_there_is_a_migration_from_every_layout() -> None:
    assert len(migrate.MIGRATIONS) == API_VERSION


def test_an_old_stack_file_becomes_the_recorded_new_one() -> None:
    assert migrate_text(OLD)[0] == NEW


def test_every_comment_survives() -> None:
    before, after = ([comment.strip() for comment in comments(text)] for text in (OLD, NEW))
    assert len(before) == 12
    assert after == before


def test_the_modeline_stays_directly_above_config() -> None:
    lines = NEW.splitlines()
    assert lines[lines.index("config:") - 1].startswith("# yaml-language-server:")


def test_encrypted_values_and_the_salt_are_untouched() -> None:
    for line in OLD.splitlines():
        if "secure:" in line or "encryptionsalt" in line:
            assert line in NEW.splitlines()


def test_a_migrated_file_loads_and_means_the_same(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.acme-dev.yaml"
    file.write_text(migrate_text(OLD)[0])
    stack = load_file(file).stack
    assert (stack.cloud.csp.value, stack.cloud.region, stack.cloud.account) == ("aws", "ap-northeast-2", "123456789012")
    assert (stack.project.customer, stack.dns.domain) == ("acme", "dev.acme.example")
    assert (stack.network.cidr, stack.network.zones, stack.network.nat) == (IPv4Network("10.16.0.0/16"), 3, "single")
    assert (stack.cluster.servers.count, stack.protection) == (3, False)


def test_every_key_that_moved_is_reported() -> None:
    changes = migrate_text(OLD)[1]
    old_keys = re.findall(
        r"\b(region|accountId|customer|environment|domain|vpcCidr|azCount|singleNatGateway|serverCount|deletionProtection):",
        OLD,
    )
    assert len(old_keys) == 10
    for key in old_keys:
        assert any(key in change for change in changes), key


def test_migrating_again_changes_nothing() -> None:
    assert migrate_text(NEW) == (NEW, [])
    assert migrate_text(migrate_text(OLD)[0])[1] == []


@pytest.mark.parametrize("stack", ["stacks/Pulumi.aws-dev.yaml"])
def test_a_current_stack_file_is_left_as_it_is(stack: str) -> None:
    text = (Path(__file__).parents[2] / stack).read_text()
    assert migrate_text(text) == (text, [])


def test_an_old_file_is_refused_with_the_command_to_type_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.acme-dev.yaml"
    file.write_text(OLD)
    with pytest.raises(StackFileError) as caught:
        load_file(file)
    (problem,) = caught.value.problems
    assert problem.remedy == "type: um migrate -s acme-dev"


def test_sections_that_exist_already_are_kept() -> None:
    text = "config:\n  unifiedmeta:apiVersion: 0\n  unifiedmeta:cloud:\n    csp: gcp\n  unifiedmeta:region: asia-northeast3\n"
    migrated = migrate_text(text)[0]
    assert (
        migrated
        == "config:\n  unifiedmeta:apiVersion: 1\n  unifiedmeta:cloud:\n    csp: gcp\n    region: asia-northeast3\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("config:\n  unifiedmeta:apiVersion: 99\n", "newer"),
        ("config: [\n", "not valid YAML"),
        ("- config\n", "not a stack file"),
        ("", "not a stack file"),
    ],
)
def test_what_cannot_be_migrated_is_refused(text: str, message: str) -> None:
    with pytest.raises(StackFileError, match=message):
        migrate_text(text)
