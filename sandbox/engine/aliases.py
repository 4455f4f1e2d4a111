"""Finds the resource of the state that a registration means, under its own URN or one that it had before."""

from __future__ import annotations

from collections.abc import Container, Mapping

from sandbox.engine.resources import AliasSpec, Goal, Resource
from sandbox.engine.urns import STACK_TYPE, make_urn, name_of, qualified_type, type_of


class AliasError(Exception):
    """Two registrations claim one resource of the state."""


class Aliases:
    """Which resource of the state goes by which new URN."""

    def __init__(self, stack: str, project: str) -> None:
        self._stack = stack
        self._project = project
        self._former: dict[str, str] = {}
        """New URN to the old one that it was found under."""
        self.adopted: dict[str, str] = {}
        """Old URN to the new one."""

    def find(self, urn: str, goal: Goal, olds: Mapping[str, Resource], seen: Container[str]) -> Resource | None:
        """The old resource of a registration; :attr:`adopted` then names what was found under another URN. Raises AliasError."""
        if urn in self.adopted:
            raise AliasError(f"the resource is already claimed by {self.adopted[urn]}, which has it as an alias")
        if urn in olds:
            return olds[urn]
        for former in self._candidates(goal):
            if former not in olds:
                continue
            if former in self.adopted:
                raise AliasError(f"its alias {former} is already claimed by {self.adopted[former]}")
            if former in seen:
                raise AliasError(f"its alias {former} is itself registered by this program")
            self.adopted[former] = urn
            self._former[urn] = former
            return olds[former]
        return None

    def _candidates(self, goal: Goal) -> list[str]:
        found = [self._collapsed(goal, alias) for alias in goal.aliases]
        former_parent = self._former.get(goal.parent)
        if former_parent:
            parent_name = name_of(goal.parent)
            found.append(self._inherited(goal.type, goal.name, parent_name, former_parent))
            for alias in goal.aliases:
                collapsed = self._collapsed(goal, alias)
                found.append(self._inherited(type_of(collapsed), name_of(collapsed), parent_name, former_parent))
        return found

    def _collapsed(self, goal: Goal, alias: AliasSpec) -> str:
        if alias.urn:
            return alias.urn
        parent = alias.parent or goal.parent
        if alias.parent:
            parent = self._former.get(parent, parent)
        if alias.no_parent or (parent and qualified_type(parent) == STACK_TYPE):
            parent = ""
        stack, project = alias.stack or self._stack, alias.project or self._project
        return make_urn(stack, project, parent, alias.type or goal.type, alias.name or goal.name)

    def _inherited(self, type_: str, name: str, parent_name: str, former_parent: str) -> str:
        """A child of a renamed parent: a name that began with the parent's did so before too."""
        if name.startswith(parent_name):
            name = name_of(former_parent) + name[len(parent_name) :]
        return make_urn(self._stack, self._project, former_parent, type_, name)
