"""What exists in a simulated cloud: ids, who refers to whom, and which names are taken.

The world lives as long as the process; :meth:`World.put` is repeatable, which is how a second process learns from the
driver's state what the first one made.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import RLock
from typing import Any


@dataclass(slots=True)
class Thing:
    """One resource of the cloud."""

    type: str
    id: str
    urn: str
    properties: dict[str, Any]
    claims: frozenset[Hashable] = frozenset()
    """Names and the like that no other resource may have."""
    needs: frozenset[tuple[str, str]] = frozenset()
    """(type, id) of the resources that cannot go before this one does."""
    mentions: frozenset[tuple[str, str]] = frozenset()
    """(type, id) of every resource that this one refers to, those that it needs included."""
    satellites: tuple[tuple[str, str], ...] = ()
    """(type, id) of what the cloud made along with it, such as a VPC's default security group, and other handles of it."""


@dataclass
class World:
    """Every resource of one simulated cloud, over all of its accounts and regions."""

    lock: RLock = field(default_factory=RLock, repr=False)
    _things: dict[tuple[str, str], Thing] = field(default_factory=dict)
    _by_type: dict[str, dict[str, Thing]] = field(default_factory=dict)
    _claims: dict[Hashable, tuple[str, str]] = field(default_factory=dict)
    _mentioned: dict[tuple[str, str], dict[tuple[str, str], None]] = field(default_factory=dict)
    _by_urn: dict[str, dict[tuple[str, str], None]] = field(default_factory=dict)
    _satellites: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    _graves: set[tuple[str, str]] = field(default_factory=set)
    _reserved: set[Hashable] = field(default_factory=set)

    def get(self, type_: str, id_: str) -> Thing | None:
        """A resource by its id, or by another handle of the same type (its ARN, say)."""
        key = (type_, id_)
        thing = self._things.get(key)
        if thing is None and (owner := self._satellites.get(key)) is not None and owner[0] == type_:
            thing = self._things.get(owner)
        return thing

    def exists(self, type_: str, id_: str) -> bool:
        """Whether there is such a resource, or one that the cloud made along with another."""
        return (type_, id_) in self._things or (type_, id_) in self._satellites

    def of_type(self, type_: str) -> Iterable[Thing]:
        """All resources of a type, in the order in which they were made."""
        return self._by_type.get(type_, {}).values()

    def is_fresh(self, type_: str, id_: str) -> bool:
        """Whether an id is neither in use nor was, in this process: clouds do not use ids twice."""
        return not self.exists(type_, id_) and (type_, id_) not in self._graves

    def holder(self, claim: Hashable) -> Thing | None:
        """The resource that has this name already."""
        key = self._claims.get(claim)
        return None if key is None else self._things.get(key)

    def put(self, thing: Thing) -> None:
        """Add a resource, or replace what is known of it."""
        key = (thing.type, thing.id)
        if key in self._things:
            self._forget(self._things[key])
        self._things[key] = thing
        self._by_type.setdefault(thing.type, {})[thing.id] = thing
        for claim in thing.claims:
            self._claims[claim] = key
        for target in thing.mentions:
            self._mentioned.setdefault(target, {})[key] = None
        self._by_urn.setdefault(thing.urn, {})[key] = None
        for satellite in thing.satellites:
            self._satellites[satellite] = key

    def remove(self, type_: str, id_: str) -> None:
        """Delete a resource; one that is gone already is no error."""
        thing = self._things.pop((type_, id_), None)
        if thing is not None:
            self._forget(thing)
            self._by_type[type_].pop(id_, None)
            self._graves.add((type_, id_))

    def reserve(self, name: Hashable) -> None:
        """Block a name that nothing has any more, for the life of this process."""
        self._reserved.add(name)

    def is_reserved(self, name: Hashable) -> bool:
        return name in self._reserved

    def made_as(self, urn: str) -> Iterator[Thing]:
        """The resources of one URN: two while one of them is being replaced."""
        return (self._things[key] for key in self._by_urn.get(urn, ()))

    def mentioning(self, type_: str, id_: str, by: str) -> Iterator[Thing]:
        """The resources of the type `by` that refer to this one: the rules of a group, the records of a zone."""
        return (self._things[key] for key in self._mentioned.get((type_, id_), ()) if key[0] == by)

    def needing(self, type_: str, id_: str) -> Iterator[Thing]:
        """The resources that need this one, or something that the cloud made along with it."""
        thing = self._things.get((type_, id_))
        for target in ((type_, id_), *(thing.satellites if thing else ())):
            for key in self._mentioned.get(target, ()):
                if key != (type_, id_) and target in self._things[key].needs:
                    yield self._things[key]

    def _forget(self, thing: Thing) -> None:
        key = (thing.type, thing.id)
        for claim in thing.claims:
            if self._claims.get(claim) == key:
                del self._claims[claim]
        for target in thing.mentions:
            self._mentioned.get(target, {}).pop(key, None)
        self._by_urn.get(thing.urn, {}).pop(key, None)
        for satellite in thing.satellites:
            self._satellites.pop(satellite, None)


def urn_name(urn: str) -> str:
    """The logical name of a resource."""
    return urn.rsplit("::", 1)[-1]
