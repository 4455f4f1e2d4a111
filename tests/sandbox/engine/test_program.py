"""A project's own __main__.py, run in this process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sandbox.engine.config import ProjectError, as_settings
from sandbox.engine.run import Engine
from tests.sandbox.engine.world import ops
from tests.support.fake_provider import Cloud, FakeProvider

MAIN = """
import os
import pulumi
from inside import make

assert __name__ == "__main__"
pulumi.export("folder", os.path.basename(os.getcwd()))
pulumi.export("made", make(pulumi.Config().require_int("number")))
"""
INSIDE = """
import pulumi
from tests.support.fake_provider import Fake, Thing

def make(number):
    later = Thing("a", pulumi.ResourceOptions(provider=Fake("main")), value=number)
    def apply(name):
        import os
        from late import SUFFIX
        return f"{name}-{os.path.basename(os.getcwd())}-{SUFFIX}"
    return later.name.apply(apply)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a-project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: own\nruntime: python\n")
    (folder / "__main__.py").write_text(MAIN)
    (folder / "inside.py").write_text(INSIDE)
    (folder / "late.py").write_text("SUFFIX = 1\n")
    return folder


def engine(project: Path) -> Engine:
    return Engine(
        project_dir=project,
        stack_name="dev",
        providers=lambda _: FakeProvider(Cloud()),
        config={"number": 3},
        state_path=project / ".sandbox" / "dev" / "state.json",
    )


def test_it_runs_in_its_own_folder_with_its_own_modules_to_the_last_callback(project: Path) -> None:
    here, path, modules = Path.cwd(), list(sys.path), set(sys.modules)
    result = engine(project).up()
    assert result.ok, result.problems
    assert result.outputs == {"folder": "a-project", "made": "auto-a-a-project-1"}
    assert (Path.cwd(), sys.path) == (here, path)
    assert not {"inside", "late"} & (set(sys.modules) - modules)
    assert sys.modules["__main__"].__name__ == "__main__"


def test_an_edited_module_is_seen_by_the_next_run(project: Path) -> None:
    engine(project).up()
    edited = project / "inside.py"
    edited.write_text(INSIDE.replace("value=number", "value=number + 1"))
    os.utime(edited, ns=(0, 0))  # a second later, as an editor would leave it: bytecode is compared by the second
    assert ops(engine(project).preview()) == {"a": "update"}


def test_an_error_in_the_program_is_told_from_its_first_own_line(project: Path) -> None:
    (project / "inside.py").write_text("def make(number):\n    return 1 / 0\n")
    (problem,) = engine(project).up().problems
    assert problem.message == "division by zero"
    assert problem.detail.splitlines()[0].endswith('__main__.py", line 8, in <module>')
    assert "inside.py" in problem.detail
    assert "run_in_stack" not in problem.detail


def test_a_program_that_does_not_parse_is_a_problem_and_not_a_crash(project: Path) -> None:
    (project / "__main__.py").write_text("this is no program")
    (problem,) = engine(project).up().problems
    assert "invalid syntax" in problem.message


@pytest.mark.parametrize(("code", "ok"), [(0, True), (3, False)])
def test_a_program_may_exit(project: Path, code: int, ok: bool) -> None:  # noqa: FBT001
    (project / "__main__.py").write_text(f"import sys\nsys.exit({code})\n")
    assert engine(project).up().ok is ok


def test_a_folder_without_a_project_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"Pulumi\.yaml cannot be read"):
        engine(tmp_path).up()
    (tmp_path / "Pulumi.yaml").write_text("description: x\n")
    with pytest.raises(ProjectError, match="add `name:`"):
        engine(tmp_path).up()


def test_settings_are_handed_over_as_the_real_engine_does() -> None:
    config = {"a": True, "b": 3, "own:c": "text", "other:d": {"x": [1]}, "e": "007"}
    assert as_settings(config, "own") == {
        "own:a": "true",
        "own:b": "3",
        "own:c": "text",
        "other:d": '{"x": [1]}',
        "own:e": "007",
    }
