"""Where things are: the project's folder, its stack files, and the ignored folder that the sandbox keeps its state in."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from cli.errors import UsageError

PREFIX, SUFFIX = "Pulumi.", ".yaml"


def project_dir() -> Path:
    """The folder with Pulumi.yaml, looked for from here upwards.

    Errors: UsageError when there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").is_file() and (folder / "stacks").is_dir():
            return folder
    raise UsageError(
        f"{here} is not inside a UnifiedMeta checkout: no Pulumi.yaml here or above", "cd into the checkout"
    )


def stack_names(project: Path) -> list[str]:
    """The names of all stack files."""
    files = (project / "stacks").glob(f"{PREFIX}*{SUFFIX}")
    return sorted(file.name[len(PREFIX) : -len(SUFFIX)] for file in files)


def stack_file(project: Path, stack: str) -> Path:
    """The stack's file, relative to the present folder, as people write it.

    Errors: UsageError that names the nearest stacks when there is none.
    """
    file = project / "stacks" / f"{PREFIX}{stack}{SUFFIX}"
    if file.is_file() and file.parent == project / "stacks":
        return Path(os.path.relpath(file))
    known = stack_names(project)
    near = difflib.get_close_matches(stack, known, n=1, cutoff=0.5)
    hint = f"did you mean `-s {near[0]}`?" if near else f"stacks there are: {', '.join(known) or 'none'}"
    raise UsageError(f"there is no stack {stack!r}: {file.relative_to(project)} does not exist", hint)


def sandbox_dir(project: Path) -> Path:
    """The sandbox's own folder, ignored by git; UNIFIEDMETA_SANDBOX_DIR moves it."""
    return Path(os.environ.get("UNIFIEDMETA_SANDBOX_DIR", project / ".sandbox"))
