"""Which AMI the nodes get."""

from __future__ import annotations

import re
from typing import Any

from adapters.aws.images import CANONICAL, UBUNTU
from adapters.records import ImageRecord
from tests.adapters.aws import parts
from tests.support.recording import record, value_of

GET_AMI = "aws:ec2/getAmi:getAmi"
GET_PARAMETER = "aws:ssm/getParameter:getParameter"


class Looked:
    def __init__(self, image: dict[str, Any] | None = None, *, gpu: bool = False) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

        def computed(token: str, _: str, args: dict[str, Any]) -> dict[str, Any]:
            if token in {GET_AMI, GET_PARAMETER}:
                self.asked.append((token, args))
            return {GET_AMI: {"id": "ami-found"}, GET_PARAMETER: {"insecureValue": "ami-parameter"}}.get(token, {})

        def program() -> None:
            from adapters.aws.images import Images

            images = Images(parts.adapter(image=image or {}), parts.key())
            self.record: ImageRecord = images.image(gpu=gpu)
            assert images.image(gpu=not gpu) is self.record

        record(program, computed)

    @property
    def id(self) -> str:
        return str(value_of(self.record.id))

    def filters(self) -> dict[str, list[str]]:
        ((_, args),) = self.asked
        return {f["name"]: f["values"] for f in args["filters"]}


def test_an_exact_id_is_taken_without_a_question() -> None:
    looked = Looked({"id": "ami-0abc", "golden": "unifiedmeta"})
    assert (looked.id, looked.record.source, looked.asked) == ("ami-0abc", "exact", [])


def test_by_default_the_image_is_one_dated_build_of_ubuntu() -> None:
    looked = Looked()
    assert (looked.id, looked.record.source, looked.record.golden) == ("ami-found", "pinned", False)
    assert re.fullmatch(r"ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24\.04-amd64-server-20\d{6}", UBUNTU)
    assert looked.filters()["name"] == [UBUNTU]


def test_the_owner_is_always_named_because_anybody_may_publish_an_image_of_any_name() -> None:
    for image, owner in (({}, CANONICAL), ({"golden": "unifiedmeta"}, "self")):
        ((_, args),) = Looked(image).asked
        assert args["owners"] == [owner]


def test_a_pinned_build_is_not_the_newest_and_still_found_once_it_is_deprecated() -> None:
    ((_, args),) = Looked().asked
    assert args["mostRecent"] is False
    assert args["includeDeprecated"] is True


def test_only_the_architecture_of_our_machine_types_is_found() -> None:
    assert Looked().filters()["architecture"] == ["x86_64"]


def test_a_golden_image_is_found_by_its_family_and_the_stacks_rke2_version() -> None:
    looked = Looked({"golden": "unifiedmeta"})
    assert (looked.record.source, looked.record.golden) == ("golden", True)
    assert looked.filters()["tag:image-family"] == ["unifiedmeta"]
    assert looked.filters()["tag:rke2-version"] == ["v1.35.7+rke2r1"]


def test_a_golden_image_is_found_by_an_ssm_parameter() -> None:
    looked = Looked({"golden": "/unifiedmeta/golden"})
    assert (looked.id, looked.record.source) == ("ami-parameter", "golden")
    ((token, args),) = looked.asked
    assert (token, args["name"]) == (GET_PARAMETER, "/unifiedmeta/golden")
