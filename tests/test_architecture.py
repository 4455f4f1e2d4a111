"""The house's rules (docs/conventions.md), held by tests: arrows, the boundary between portable and CSP-specific, import cost, size of files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("adapters", "bench", "cli", "components", "config", "sandbox")
CSPS = ("aws", "azure", "gcp", "onprem")
CSP_WORDS = re.compile(
    r"(?<![a-z])(aws|amazonaws|azure|gcp|googleapis|onprem|ec2|eks|route53|pulumi_aws|pulumi_azure_native|pulumi_gcp)(?![a-z])",
    re.IGNORECASE,
)
MAY_KNOW_A_CSP = re.compile(r"(adapters/(aws|azure|gcp|onprem)/|config/csp\.py|config/migrate|sandbox/|bench/)")
SDKS = ("pulumi_aws", "pulumi_azure_native", "pulumi_gcp", "pulumi_kubernetes")
BELOW = {
    "config": {"config"},
    "adapters": {"adapters", "config"},
    "components": {"components", "adapters", "config"},
    "sandbox": {"sandbox", "config"},
    "cli": {"cli", "config", "sandbox", "adapters", "components"},
    "bench": set(PACKAGES),
}


def sources() -> list[Path]:
    found = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    assert len(found) > 40
    return [*found, ROOT / "__main__.py"]


def relative(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def words(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Identifiers, imports and strings that are not docstrings."""
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield node.lineno, " ".join(imports(ast.Module([node], [])))


@pytest.mark.parametrize("file", [f for f in sources() if not MAY_KNOW_A_CSP.match(relative(f))], ids=relative)
def test_only_adapters_and_values_know_which_cloud_this_is(file: Path) -> None:
    tree = ast.parse(file.read_text())
    named = [
        f"{relative(file)}:{line}: {text!r}" for line, text in words(tree) if CSP_WORDS.search(text.replace("_", "-"))
    ]
    assert not named, "\n".join(named)


def test_no_values_profile_without_a_csp_in_its_name_names_one() -> None:
    portable = [f for f in (ROOT / "values").rglob("*.yaml") if not any(f"-{csp}." in f.name for csp in CSPS)]
    assert portable
    named = [
        f"{relative(file)}:{number}: {line.strip()}"
        for file in portable
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if CSP_WORDS.search(line.split(" #")[0]) and not line.lstrip().startswith("#")
    ]
    assert not named, "\n".join(named)


@pytest.mark.parametrize("file", sources(), ids=relative)
def test_arrows_point_down_and_adapters_never_import_one_another(file: Path) -> None:
    parts = relative(file).split("/")
    if len(parts) == 1:
        return
    allowed = BELOW[parts[0]]
    own_csp = parts[1] if parts[0] == "adapters" and parts[1] in CSPS else None
    for module in imports(ast.parse(file.read_text())):
        top, _, rest = module.partition(".")
        if top in PACKAGES:
            assert top in allowed, f"{relative(file)} imports {module}: that arrow points up"
        if top == "adapters" and rest.split(".")[0] in CSPS and parts[0] != "bench":
            assert rest.split(".")[0] == own_csp, f"{relative(file)} imports {module}: only load_adapter may"


@pytest.mark.parametrize("file", sources(), ids=relative)
def test_no_file_is_longer_than_four_hundred_lines(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 400


def loaded_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["adapters.contract", "adapters.flows", "adapters.naming", "adapters.records", "adapters.specs"]
)
def test_the_contract_loads_neither_the_pulumi_sdk_nor_a_cloud_sdk(module: str) -> None:
    assert not loaded_by(f"import {module}") & {"pulumi", *SDKS}


def test_config_loads_neither_the_pulumi_sdk_nor_a_cloud_sdk() -> None:
    modules = loaded_by("from config.load import load_file; load_file('stacks/Pulumi.aws-dev.yaml')")
    assert not modules & {"pulumi", *SDKS}


def test_um_help_loads_neither_pulumi_nor_pydantic() -> None:
    assert not loaded_by("import cli.main") & {"pulumi", "pydantic", "rich.table", *SDKS}


def test_the_common_layer_loads_no_cloud_sdk() -> None:
    assert not loaded_by("import components.foundation, components.rke2.cluster") & {
        "pulumi_aws",
        "pulumi_azure_native",
        "pulumi_gcp",
    }


def test_there_are_no_dynamic_providers() -> None:
    for file in sources():
        assert "pulumi.dynamic" not in set(imports(ast.parse(file.read_text()))), file
