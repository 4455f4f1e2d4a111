"""What is measured, and what it may be at most: the issue's own numbers, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    note: str = ""

    @property
    def ok(self) -> bool:
        """Within its limit, or without one."""
        return self.limit is None or self.value <= self.limit


PROGRAM_TO_FLOOR: Final = 1.15
"""Wall time of the whole program over that of the floor, imports included."""
PROGRAM_TO_FLOOR_WITHOUT_IMPORTS: Final = 2.0
DRIVER_MILLISECONDS: Final = 10.0
"""The driver with its checks, for each resource, key generation apart."""
MEMORY_TO_FLOOR: Final = 1.2
SCALING: Final = 1.25
"""Time per resource at sixteen times the size, over that at one."""
CLI_IMPORT_SECONDS: Final = 0.3
HELP_SECONDS: Final = 0.4
CONTRACT_SECONDS: Final = 0.3
CONFIG_SECONDS: Final = 1.0
