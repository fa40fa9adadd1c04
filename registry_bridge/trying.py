"""Tries a connection of a project before anything depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projects.refused import Conflict
from registry_bridge import outside
from registry_bridge.gateways import aws_check

if TYPE_CHECKING:
    from projects.models import Connection
    from registry_bridge.gateways.aws_check import Finding


class NothingToTry(Conflict):
    code, title = "nothing_to_try", "Only connections to AWS are tried"


def permissions(kept: Connection) -> list[Finding]:
    """What the connection may do, permission by permission."""
    if kept.kind != kept.Kind.AWS:
        raise NothingToTry(
            "The first training or look at the registry shows the others."
        )
    return aws_check.check(outside.connection_of(kept))
