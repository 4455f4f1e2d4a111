"""The docstrings below the model's fields, which messages and the JSON schema quote."""

from __future__ import annotations

import pytest

from config.descriptions import descriptions
from config.model import StackConfig
from config.scalars import Section


def sections(of: type[Section] = Section) -> list[type[Section]]:
    return [
        model for one in of.__subclasses__() if one.__module__.startswith("config.") for model in (one, *sections(one))
    ]


def test_the_whole_model_is_looked_at() -> None:
    assert StackConfig in sections()
    assert len(sections()) > 15


@pytest.mark.parametrize("model", sections(), ids=lambda model: model.__name__)
def test_what_is_described_is_a_field(model: type[Section]) -> None:
    assert set(descriptions(model)) <= set(model.model_fields)


def test_fields_of_a_base_class_are_described_too() -> None:
    assert descriptions(StackConfig)["aws"] == "What only AWS has."
    assert descriptions(StackConfig)["cluster"].startswith("RKE2")
