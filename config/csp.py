"""Which CSPs there are, and the one section that each may have for what only it knows.

Outside adapters/<csp>/ and values/*-<csp>* this is the only file of the product that names a CSP.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from config.scalars import Flag, Matches, Section


class Csp(StrEnum):
    """The cloud service providers that have an adapter; the value is the folder's name under adapters/."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"
    ONPREM = "onprem"

    @property
    def has_block_volumes(self) -> bool:
        """Whether the CSP itself has network volumes that a CSI driver can attach."""
        return self is not Csp.ONPREM


FIRST_CSP: Final = Csp.AWS
"""The only CSP of v0.5, whose stack files did not name one."""

PROVIDER_NAMESPACES: Final = frozenset(
    {"aws", "aws-native", "azure", "azure-native", "azuread", "gcp", "google-native", "kubernetes", "vsphere"}
)
"""Configuration of Pulumi's default providers, which this program never uses: every provider is explicit."""


class Aws(Section):
    """What only AWS has."""

    assume_role_arn: (
        Annotated[
            str,
            Matches(
                r"arn:aws[a-z-]*:iam::\d{12}:role/.+", "the ARN of a role", "arn:aws:iam::123456789012:role/deployer"
            ),
        ]
        | None
    ) = None
    """The role that the provider takes on."""
    permissions_boundary_arn: (
        Annotated[
            str,
            Matches(
                r"arn:aws[a-z-]*:iam::\d{12}:policy/.+",
                "the ARN of a policy",
                "arn:aws:iam::123456789012:policy/limits",
            ),
        ]
        | None
    ) = None
    """Set on every role that is made."""
    create_autoscaling_service_linked_role: Flag = False
    """Only in an account that never had an Auto Scaling group: the role exists once per account."""


class CspSections(Section):
    """At most one of these, and only the one that `cloud.csp` names."""

    aws: Aws | None = None
    """What only AWS has."""
