"""Which CSPs there are, and the one section that each may have for what only it knows.

Outside adapters/<csp>/ and values/*-<csp>* this is the only file of the product that names a CSP.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from config.scalars import Section


class Csp(StrEnum):
    """The cloud service providers that have an adapter; the value is the folder's name under adapters/."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"
    ONPREM = "onprem"


class Aws(Section):
    """What only AWS has."""

    assume_role_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$")] | None = None
    """The role that the provider takes on."""
    permissions_boundary_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:policy/.+$")] | None = None
    """Set on every role that is made."""
    create_autoscaling_service_linked_role: bool = False
    """Only in an account that never had an Auto Scaling group: the role exists once per account."""


class CspSections(Section):
    """At most one of these, and only the one that `cloud.csp` names."""

    aws: Aws | None = None
    """What only AWS has."""
