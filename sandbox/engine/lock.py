"""One run at a time on one state."""

from __future__ import annotations

import fcntl
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class StateInUseError(Exception):
    """Another run holds the state."""


class Lock:
    """Held by a living process, or by nobody.

    The kernel holds the lock and lets go of it when the process ends, however it ends: what is written in the file (who
    holds it, since when) is only for the message, so a file that a killed run left behind is no lock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self.left_by: int | None = None
        """Process id of a run that ended without letting go, if there was one."""

    def __enter__(self) -> Self:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor)
            os.close(descriptor)
            since = f", started {holder['since']}" if "since" in holder else ""
            raise StateInUseError(
                f"another run (process {holder.get('pid', 'unknown')}{since}) is using {self._path.parent}: "
                "wait for it to end, or end it with Ctrl-C, and try again"
            ) from None
        self.left_by = _holder(descriptor).get("pid")
        os.ftruncate(descriptor, 0)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "since": now}).encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def _holder(descriptor: int) -> dict[str, Any]:
    try:
        found = json.loads(os.pread(descriptor, 4096, 0) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
