"""What the AWS template promises to the adapter that looks for its images."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.aws.images import CANONICAL, UBUNTU
from adapters.aws.pools import ROOT_DEVICE_NAME
from config.cluster import Cluster

TEMPLATE = Path(__file__).parents[2] / "images" / "aws"
TEXT = (TEMPLATE / "golden.pkr.hcl").read_text()
VARIABLES = (TEMPLATE / "variables.pkr.hcl").read_text()


def default(variable: str) -> str:
    found = re.search(rf'variable "{variable}" {{.*?default\s+= "([^"]*)"', VARIABLES, re.DOTALL)
    assert found, variable
    return found[1]


def test_the_image_is_built_on_the_pinned_build_of_ubuntu_and_by_its_owner() -> None:
    assert default("base_image") == UBUNTU
    assert f'owners = ["{CANONICAL}"]' in TEXT


def test_the_image_carries_the_tags_that_the_adapter_looks_for() -> None:
    assert re.search(r"image-family\s+= var\.family", TEXT)
    assert re.search(r"rke2-version\s+= var\.rke2_version", TEXT)
    assert re.search(r"^\s+tags\s+= local\.tags", TEXT, re.MULTILINE)


def test_the_version_and_the_network_are_those_that_a_stack_has_by_default() -> None:
    assert default("rke2_version") == Cluster().version
    assert default("cni") == Cluster().cni


def test_the_root_device_is_the_one_that_pools_size_and_encrypt() -> None:
    assert f'"{ROOT_DEVICE_NAME}"' in TEXT


def test_the_build_machine_is_open_to_nobody_by_default() -> None:
    assert '["127.0.0.1/32"]' in VARIABLES
    assert "temporary_security_group_source_cidrs = var.ssh_from" in TEXT


def test_the_image_is_encrypted() -> None:
    assert re.search(r"encrypt_boot\s+= true", TEXT)


def test_the_block_that_old_packers_refuse_stands_in_a_file_of_its_own() -> None:
    assert "required_plugins" not in TEXT + VARIABLES
    assert "required_plugins" in (TEMPLATE / "plugins.pkr.hcl").read_text()
