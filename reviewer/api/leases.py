"""What a page calls for all its leases at once: renew them, or give them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from projects.refused import Malformed
from reviewer import leases, leasing
from reviewer.api.work import LARGEST_TOKEN, is_id, open_queue, read
from reviewer.leasing import MOST_HELD

ENDED = leasing.LeaseEnded.code
GONE = "This task went on without you."


class LeaseBody(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    token: int


class LeasesBody(msgspec.Struct, forbid_unknown_fields=True):
    assignments: list[LeaseBody]


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def renew(request: Request, queue_id: int) -> Response:
    """A result for each, who else holds tasks of this queue, and how many nobody does."""
    who, queue = open_queue(request, queue_id)
    asked = _asked(request)
    renewed = leases.renew(queue, who.user, _tokens(asked), timezone.now())
    kept = {
        str(item): {"id": str(item), "ok": True, "lease_expires_at": until}
        for item, until in renewed.until.items()
    }
    return Response(
        {
            "results": _results(asked, kept),
            "others": renewed.others,
            "free": renewed.free,
        }
    )


@extend_schema(request=dict, responses=dict)
@api_view(["POST"])
def release(request: Request, queue_id: int) -> Response:
    who, queue = open_queue(request, queue_id)
    asked = _asked(request)
    given = leases.give_back(queue, who.user, _tokens(asked), timezone.now())
    back = {str(item): {"id": str(item), "ok": True} for item in given}
    return Response({"results": _results(asked, back)})


def _asked(request: Request) -> list[LeaseBody]:
    asked = read(request.data, LeasesBody).assignments
    if len(asked) > MOST_HELD:
        raise Malformed(f"Name at most {MOST_HELD} assignments in a call.")
    return asked


def _tokens(asked: Iterable[LeaseBody]) -> dict[int, int]:
    """What could be a lease; the rest is nobody's."""
    return {
        int(each.id): each.token
        for each in asked
        if is_id(each.id) and 0 <= each.token <= LARGEST_TOKEN
    }


def _results(
    asked: Iterable[LeaseBody], good: Mapping[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """In the order they were asked for. Tokens of others are not told from old ones."""
    return [
        good.get(each.id) or {"id": each.id, "ok": False, "code": ENDED, "detail": GONE}
        for each in asked
    ]
