"""Who may what: the one table of roles and abilities, asked before anything is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework.request import Request

from projects.models import Membership, Project, Role, Token, User
from projects.refused import NotAllowed, NotFound, NotSignedIn

if TYPE_CHECKING:
    from collections.abc import Iterable

SEND = "send predictions and known outcomes"
READ_PREDICTIONS = "read what became of predictions"
REVIEW = "review tasks"
ADJUDICATE = "settle disputed tasks"
READ_RESULTS = "read labels, quality and models"
LEAD = "run queues, snapshots and trainings, and decide promotions"
READ_AUDIT = "read who decided what"
OWN = "change members, tokens, connections and settings"

REVIEWER = frozenset({REVIEW})
ADJUDICATOR = REVIEWER | {ADJUDICATE}
LEADER = ADJUDICATOR | {READ_PREDICTIONS, READ_RESULTS, LEAD, READ_AUDIT}
ABILITIES: dict[str, frozenset[str]] = {
    Role.ENDPOINT: frozenset({SEND, READ_PREDICTIONS}),
    Role.REVIEWER: REVIEWER,
    Role.ADJUDICATOR: ADJUDICATOR,
    Role.LEAD: LEADER,
    Role.OWNER: LEADER | {OWN, SEND},
}


def roles_that_may(ability: str) -> frozenset[str]:
    return frozenset(role for role, may in ABILITIES.items() if ability in may)


@dataclass(frozen=True)
class Member:
    """A user in one project, with the role that this request may use."""

    user: User
    project: Project
    role: str
    by_token: bool
    # The person's own role where a token speaks for somebody: it may never do more.
    standing: str | None = None

    def may(self, ability: str) -> bool:
        roles = (self.role, self.standing or self.role)
        return all(ability in ABILITIES[role] for role in roles)

    def require(self, ability: str) -> None:
        if not self.may(ability):
            raise NotAllowed(f"Your role ({_roles(self)}) may not {ability}.")

    @property
    def is_person(self) -> bool:
        """True for somebody who signed in; approvals take nobody else."""
        return not self.by_token and not self.user.is_service


def member(request: HttpRequest | Request, slug: str, ability: str) -> Member:
    """The caller as a member of the project, or a refusal.

    Strangers are told that there is nothing, so that names cannot be guessed.
    """
    # the token comes first: it brings its project along
    user, token = signed_in(request), _token(request)
    if token is not None and token.project.slug == slug:
        project: Project | None = token.project
    else:
        project = Project.objects.filter(slug=slug).first()
    return _member(request, user, project, ability)


def member_of(
    request: HttpRequest | Request, project: Project | None, ability: str
) -> Member:
    """The same for a thing found by its own id, whose project is known then."""
    return _member(request, signed_in(request), project, ability)


def _member(
    request: HttpRequest | Request, user: User, project: Project | None, ability: str
) -> Member:
    standing = _standing(request, user, project)
    if project is None or standing is None:
        raise NotFound("There is no such project, or you are not a member of it.")
    token = _token(request)
    found = Member(
        user,
        project,
        role=token.role if token else standing,
        by_token=token is not None,
        # A service has no rights of its own: its tokens say what each may.
        standing=None if user.is_service else standing,
    )
    found.require(ability)
    return found


def signed_in(request: HttpRequest | Request) -> User:
    if isinstance(request.user, AnonymousUser) or not request.user.is_active:
        raise NotSignedIn
    user = request.user
    assert isinstance(user, User)  # noqa: S101 (the only user model there is)
    return user


def _token(request: HttpRequest | Request) -> Token | None:
    token = getattr(request, "auth", None)
    return token if isinstance(token, Token) else None


def _roles(who: Member) -> str:
    if who.standing in (None, who.role):
        return who.role
    return f"{who.role} by your token, {who.standing} yourself"


def _standing(
    request: HttpRequest | Request, user: User, project: Project | None
) -> str | None:
    if project is None:
        return None
    token = _token(request)
    if token is not None:
        return token.standing if token.project_id == project.pk else None
    membership = Membership.objects.active().filter(project=project, user=user).first()
    return membership.role if membership else None


def require_person(who: Member) -> None:
    if not who.is_person:
        raise NotAllowed(
            "This decision needs a person who signed in, not a token. "
            "Open the page in a browser."
        )


def people(project: Project, roles: Iterable[str]) -> list[User]:
    """Active members with one of the roles, by name."""
    return list(
        User.objects.filter(
            memberships__project=project,
            memberships__ended_at=None,
            memberships__role__in=list(roles),
        ).order_by("name", "username")
    )
