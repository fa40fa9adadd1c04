"""The words of the table: who may, and what is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.access.people import Caller
from tests.access.world import World

Body = dict[str, Any] | Callable[[World, Caller], dict[str, Any]]


@dataclass(frozen=True)
class May:
    """Who gets in by one method."""

    roles: frozenset[str] = frozenset()
    everybody: bool = False
    signed_in: bool = False
    staff: bool = False
    # Decisions: a token does not do, whatever its role.
    people_only: bool = False

    def lets_in(self, caller: Caller) -> bool:
        if self.everybody:
            return True
        if not caller.known:
            return False
        if self.people_only and caller.is_token:
            return False
        if self.staff and caller.name == "staff":
            return True
        return self.signed_in or caller.role in self.roles


@dataclass(frozen=True)
class Entry:
    """One address: who may by which method, what its id names, what is sent."""

    methods: dict[str, May]
    ids: dict[str, str] = field(default_factory=dict)
    body: Body = field(default_factory=dict)
    # False: reads the session only, so that a token counts for nothing.
    takes_tokens: bool = False

    @property
    def is_inside_a_project(self) -> bool:
        return all(may.roles for may in self.methods.values())

    def sent(self, world: World, caller: Caller) -> dict[str, Any]:
        return self.body(world, caller) if callable(self.body) else self.body


def page(body: Body | None = None, **given: Any) -> Entry:
    """page(GET=LEADS, POST=OWNERS, pk="member"): methods in capitals, else ids."""
    methods = {key: value for key, value in given.items() if key.isupper()}
    ids = {key: value for key, value in given.items() if not key.isupper()}
    return Entry(methods, ids, body or {})


def api(body: Body | None = None, **given: Any) -> Entry:
    entry = page(body, **given)
    return Entry(entry.methods, entry.ids, entry.body, takes_tokens=True)


EVERYBODY = May(everybody=True)
SIGNED_IN = May(signed_in=True)
STAFF = May(staff=True)
MEMBERS = May(frozenset({"reviewer", "adjudicator", "lead", "owner"}))
EXPERTS = May(frozenset({"adjudicator", "lead", "owner"}))
LEADS = May(frozenset({"lead", "owner"}))
OWNERS = May(frozenset({"owner"}))
SENDERS = May(frozenset({"endpoint", "owner"}))
WATCHERS = May(frozenset({"endpoint", "lead", "owner"}))
DECIDERS = May(frozenset({"lead", "owner"}), people_only=True)
