import pulumi

from adapters.options import child, stateful
from tests.support.stacks import stack_with


def test_what_loses_data_is_protected_and_retained_while_protection_is_on() -> None:
    options = stateful(stack_with(), pulumi.ResourceOptions(ignore_changes=["size"]))
    assert options.protect is True
    assert options.retain_on_delete is True
    assert options.ignore_changes == ["size"]


def test_a_dev_stack_can_be_destroyed() -> None:
    options = stateful(stack_with(protection="off"), pulumi.ResourceOptions())
    assert not options.protect
    assert not options.retain_on_delete


def test_options_that_are_not_given_stay_unset() -> None:
    options = child(parent=None)  # type: ignore[arg-type]
    assert options.depends_on is None
    assert options.ignore_changes is None
    assert options.delete_before_replace is None
