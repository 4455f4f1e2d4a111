"""What a change of inputs means: nothing, an update, or a replacement. Pure: decides, and does nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sandbox.engine import paths
from sandbox.engine.properties import Properties
from sandbox.engine.registry import Blind
from sandbox.engine.resources import Goal, Resource
from sandbox.engine.urns import split_reference
from sandbox.provider import UNKNOWN, Diff, Live, Provider

if TYPE_CHECKING:
    from sandbox.grpc.values import Marks


class Verdict(StrEnum):
    """What has to be done about a difference."""

    SAME = "same"
    UPDATE = "update"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict and its grounds."""

    verdict: Verdict
    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False


def with_ignored(inputs: Properties, old: Properties, ignore: Collection[str]) -> tuple[Properties, tuple[str, ...]]:
    """Inputs in which the ignored paths have their old values, and the paths of which that could not be done."""
    if not ignore:
        return inputs, ()
    values = paths.copied(inputs.values)
    before = paths.copied(old.values)
    marks: dict[str, Marks] = dict(inputs.marks)
    failed = []
    for text in ignore:
        path = paths.parse(text)
        if not paths.reset(path, before, values):
            failed.append(text)
        keys = before.keys() & values.keys() if path[0] == paths.ANY else {path[0]}
        # An old value keeps its secrecy; where only a part of a property was taken over, the whole becomes secret.
        marks.update({str(key): True for key in keys if old.marks.get(str(key))})
    return Properties(values, marks), tuple(failed)


def option_forces(goal: Goal, old: Resource, replaced: Collection[str]) -> str:
    """The option that demands a replacement whatever the inputs are, or nothing."""
    if any(urn in replaced for urn in goal.replace_with):
        return "replaceWith"
    if goal.deleted_with and goal.deleted_with in replaced:
        return "deletedWith"
    trigger, before = goal.replacement_trigger, old.replacement_trigger
    if trigger is not None and before is not None and (trigger is UNKNOWN or trigger != before):
        return "replacementTrigger"
    return ""


def decide(goal: Goal, old: Resource, inputs: Properties, provider: Provider) -> Decision:
    """The verdict of the provider on new checked inputs, with the program's options applied."""
    if isinstance(provider, Blind):
        return Decision(Verdict.UPDATE)
    if old.is_provider:
        diff = provider.diff_config(old.inputs.values, inputs.values)
    else:
        live = Live(old.id, old.outputs.values)
        diff = provider.diff(goal.type, live, old.inputs.values, inputs.values)
    replaces = with_replace_on_changes(diff, goal.replace_on_changes)
    if replaces:
        by_option = goal.delete_before_replace
        before = diff.delete_before_replace if by_option is None else by_option
        return Decision(Verdict.REPLACE, tuple(dict.fromkeys((*diff.changed, *replaces))), replaces, before)
    return Decision(Verdict.UPDATE if diff.changed else Verdict.SAME, diff.changed)


def with_replace_on_changes(diff: Diff, options: Collection[str]) -> tuple[str, ...]:
    """The paths that force a replacement: the provider's, and the changed ones that an option names."""
    if not options:
        return diff.replaces
    wanted = [paths.parse(option) for option in options]
    added = (path for path in diff.changed if any(paths.contains(want, paths.parse(path)) for want in wanted))
    return tuple(dict.fromkeys((*diff.replaces, *added)))


def decide_component(old: Resource, inputs: Properties) -> Decision:
    """Components have no provider: any difference of inputs is an update."""
    changed = paths.changed_keys(old.inputs.values, inputs.values)
    return Decision(Verdict.UPDATE if changed else Verdict.SAME, changed)


def refers_elsewhere(goal: Goal, old: Resource, adopted: dict[str, str]) -> tuple[str, str] | None:
    """URNs of the old and the new provider where the reference changed in more than a new name, else None."""
    if goal.provider == old.provider or not goal.custom:
        return None
    before, old_id = split_reference(old.provider)
    after, new_id = split_reference(goal.provider)
    if adopted.get(before, before) == after and old_id == new_id:
        return None
    return before, after
