"""The golden image's templates and scripts, judged by their own tools and against what the rest of the product expects of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

IMAGES = Path(__file__).parents[2] / "images"
COMMON = sorted((IMAGES / "common").glob("*.sh"))
TEMPLATES = sorted(p.parent for p in IMAGES.glob("*/plugins.pkr.hcl"))


def packer() -> str:
    found = shutil.which("packer")
    if found is None:
        pytest.skip("there is no packer on PATH: make tools installs it")
    return found


def copied(template: Path, to: Path) -> Path:
    """The template as any packer can read it: one before 1.7 has its builders inside, and refuses the block that fetches them."""
    shutil.copytree(IMAGES, to / "images", ignore=shutil.ignore_patterns("plugins.pkr.hcl"))
    return to / "images" / template.name


def validated(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "CHECKPOINT_DISABLE": "1", "HOME": str(folder)}
    return subprocess.run([packer(), "validate", folder], env=environment, capture_output=True, text=True, check=False)


def test_there_are_scripts_and_templates_to_judge() -> None:
    assert {p.name for p in COMMON} == {"clean.sh", "hardening.sh", "packages.sh", "rke2.sh"}
    assert TEMPLATES


@pytest.mark.parametrize("script", COMMON, ids=lambda p: p.name)
def test_a_script_is_clean_in_shellcheck_and_stops_at_the_first_error(script: Path) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([shellcheck, "--severity=style", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "set -euo pipefail" in script.read_text()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_a_template_is_valid(template: Path, tmp_path: Path) -> None:
    done = validated(copied(template, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_an_unknown_argument_makes_a_template_invalid_so_that_the_test_above_can_fail(
    template: Path, tmp_path: Path
) -> None:
    folder = copied(template, tmp_path)
    file = folder / "golden.pkr.hcl"
    file.write_text(file.read_text().replace("  ssh_username", "  no_such_argument = 1\n  ssh_username", 1))
    assert validated(folder).returncode != 0


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_every_script_that_a_template_runs_is_there_and_cleaning_comes_last(template: Path) -> None:
    run = re.findall(r"common/(\w+\.sh)", (template / "golden.pkr.hcl").read_text())
    assert sorted(run) == [p.name for p in COMMON]
    assert run[-1] == "clean.sh"
    assert run.index("rke2.sh") < run.index("hardening.sh"), "the CIS profile's settings come out of RKE2's own tarball"


def test_rke2_is_pinned_and_verified() -> None:
    text = (IMAGES / "common" / "rke2.sh").read_text()
    assert "sha256sum --check --strict" in text
    assert "get.rke2.io" not in text, "the installer without a version takes whatever the channel says today"


def test_a_file_that_the_checksums_do_not_name_is_not_taken_for_verified(tmp_path: Path) -> None:
    text = (IMAGES / "common" / "rke2.sh").read_text()
    (line,) = [line.strip() for line in text.splitlines() if "sha256sum --check" in line]
    (tmp_path / "sha256sum-amd64.txt").write_text(f"{'0' * 64}  another-file\n")
    (tmp_path / "rke2.tar.gz").write_text("anything")
    script = f"set -euo pipefail\narch=amd64\nset -- rke2.tar.gz\n{line}"
    assert subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, check=False).returncode != 0
