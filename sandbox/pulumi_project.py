"""What the real CLI works on in the sandbox: copies in an ignored folder, never the user's project, backend or login.

<folder>/home/                      PULUMI_HOME: credentials, plugins and logs of the sandbox alone
<folder>/backend/                   the state: a file backend
<folder>/passphrase                 random, readable by its owner only; encrypts the secrets of that state
<folder>/project/Pulumi.yaml        the project's own, pointing back at the program
<folder>/project/Pulumi.<stack>.yaml  the stack file without its secrets provider, every `secure:` value a stand-in
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

STAND_IN: Final = "[secret]"
"""What the program sees in place of a `secure:` value: the sandbox has no key to decrypt the real one, and needs none."""

_FROM_OUTSIDE: Final = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT"),
        *("TERM", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"),
    }
)
"""All that the CLI gets of the caller's environment (and LC_*): no credentials, no proxies, no other Pulumi settings."""

_SALT: Final = "encryptionsalt"
_NOT_COPIED: Final = {"stackConfigDir", "backend", "plugins", "main", "config"}


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock on the stack that a run of the CLI left or holds."""

    file: Path
    pid: int
    since: str

    @property
    def held(self) -> bool:
        """Whether that run is still there."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


@dataclass(frozen=True, slots=True)
class SandboxProject:
    """One stack of one project, as the CLI sees it in the sandbox."""

    project: Path
    """The folder with the user's Pulumi.yaml."""
    stack: str
    stack_file: Path
    """The user's stack file; read, never written."""
    folder: Path
    """Ours alone."""

    @property
    def cwd(self) -> Path:
        """Where the CLI is started."""
        return self.folder / "project"

    @property
    def config_copy(self) -> Path:
        return self.cwd / f"Pulumi.{self.stack}.yaml"

    @property
    def name(self) -> str:
        """The project's name."""
        return str(_load(self.project / "Pulumi.yaml")["name"])

    @property
    def checkpoint(self) -> Path:
        """The file that holds the stack's state; absent before the first run."""
        return self.folder / "backend" / ".pulumi" / "stacks" / self.name / f"{self.stack}.json"

    def locks(self) -> list[Lock]:
        """Every lock on the stack, the oldest first."""
        files = (self.folder / "backend" / ".pulumi" / "locks" / "organization" / self.name / self.stack).glob("*.json")
        read = ((file, json.loads(file.read_text())) for file in files)
        return sorted(
            (Lock(file, int(content["pid"]), content["timestamp"]) for file, content in read),
            key=lambda lock: lock.since,
        )

    def prepare(self) -> list[str]:
        """Writes the copies, and gives the paths of secret values that still need a stand-in, as the CLI writes them."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        for part in ("home", "backend", "project"):
            (self.folder / part).mkdir(exist_ok=True)
        _write_once(self.folder / "passphrase", secrets.token_urlsafe(32))
        _dump(self._project_copy(), self.cwd / "Pulumi.yaml")
        before = _load(self.config_copy) if self.config_copy.exists() else {}
        copy, missing = stack_copy(_load(self.stack_file), before)
        _dump(copy, self.config_copy)
        return missing

    def _project_copy(self) -> dict[str, Any]:
        """Pulumi.yaml, with the program where it is and the interpreter that runs this."""
        copy = {key: value for key, value in _load(self.project / "Pulumi.yaml").items() if key not in _NOT_COPIED}
        in_venv = sys.prefix != sys.base_prefix
        copy["runtime"] = {"name": "python", "options": {"virtualenv": sys.prefix}} if in_venv else "python"
        copy["main"] = os.path.relpath(self.project, self.cwd)
        return copy

    def environment(self, attached: str, outside: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The CLI's whole environment. `attached` is the value of PULUMI_DEBUG_PROVIDERS."""
        kept = {key: value for key, value in outside.items() if key in _FROM_OUTSIDE or key.startswith("LC_")}
        if sys.prefix == sys.base_prefix:
            kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
        return kept | {
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": (self.folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.folder / "passphrase"),
            "PULUMI_DEBUG_PROVIDERS": attached,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # offers --event-log
            "UNIFIEDMETA_STACK_FILE": str(self.stack_file),
        }


def stack_copy(original: Mapping[str, Any], before: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The configuration alone, and the paths of secrets in it that `before`, the last copy, has no stand-in for.

    A value that is encrypted for somebody else becomes the stand-in that the last copy has at the same place.
    """
    missing: list[str] = []
    copy = {"config": _with_stand_ins(original.get("config") or {}, before.get("config"), "", missing)}
    return ({_SALT: before[_SALT]} if _SALT in before else {}) | copy, missing


def _with_stand_ins(value: Any, before: Any, path: str, missing: list[str]) -> Any:
    if is_secure(value):
        if is_secure(before):
            return before
        missing.append(path)
        return STAND_IN
    if isinstance(value, Mapping):
        return {
            key: _with_stand_ins(inner, _item(before, key), _join(path, key), missing) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _with_stand_ins(inner, _item(before, index), f"{path}[{index}]", missing)
            for index, inner in enumerate(value)
        ]
    return value


def is_secure(value: Any) -> bool:
    """Whether this is what the CLI writes in place of a secret: `secure: <ciphertext>` and nothing else."""
    return isinstance(value, Mapping) and list(value) == ["secure"] and isinstance(value["secure"], str)


def _item(container: Any, key: str | int) -> Any:
    if isinstance(container, Mapping):
        return container.get(key)
    return container[key] if isinstance(container, list) and isinstance(key, int) and key < len(container) else None


def _join(path: str, key: str) -> str:
    """The path of a key as `pulumi config set --path` takes it."""
    simple = key.replace("_", "").replace("-", "").isalnum()
    if not path:
        return key
    return f"{path}.{key}" if simple else f"{path}[{json.dumps(key)}]"


def _yaml() -> YAML:
    """Reads scalars as the CLI does (YAML 1.2: `off` is a word) and writes them back as they were quoted."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml


def _load(file: Path) -> dict[str, Any]:
    return _yaml().load(file.read_text(encoding="utf-8")) or {}


def _dump(content: Mapping[str, Any], file: Path) -> None:
    text = StringIO()
    _yaml().dump(dict(content), text)
    file.write_text(text.getvalue(), encoding="utf-8")


def _write_once(file: Path, text: str) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as written:
        written.write(text)
