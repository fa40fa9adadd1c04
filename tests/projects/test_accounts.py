"""Accounts: signing in, being locked out, new passwords without mail, commands."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from projects import tokens
from projects.models import Membership, Project, Role, User
from tests import makers

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    cache.clear()


def login(username: str, password: str) -> tuple[bool, str]:
    """Whether it worked, and what the page said."""
    client = Client()
    page = client.post(LOGIN, {"login": username, "password": password})
    return "_auth_user_id" in client.session, page.content.decode()


def test_username_and_password_sign_in() -> None:
    makers.make_user("ann")

    assert login("ann", makers.PASSWORD)[0]
    assert login("ANN", makers.PASSWORD)[0]
    assert not login("ann", "something else")[0]


def test_six_wrong_passwords_lock_the_account_for_five_minutes() -> None:
    makers.make_user("ann")

    tries = [login("ann", f"guess {number}") for number in range(6)]
    locked = login("ann", makers.PASSWORD)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        later = login("ann", makers.PASSWORD)

    assert not any(worked for worked, _ in tries)
    assert not locked[0]
    assert "Too many failed login attempts" in locked[1]
    assert later[0]


def test_wrong_passwords_of_one_account_leave_others_alone() -> None:
    makers.make_user("ann")
    makers.make_user("bob")

    for number in range(6):
        login("ann", f"guess {number}")

    assert login("bob", makers.PASSWORD)[0]


def test_a_changed_password_ends_the_other_sessions() -> None:
    user = makers.make_user("ann")
    here, elsewhere = makers.sign_in(user), makers.sign_in(user)
    new = "nine white swans sleep"

    here.post(
        "/accounts/password/change/",
        {"oldpassword": makers.PASSWORD, "password1": new, "password2": new},
    )

    page = "/accounts/password/change/"
    assert here.get(page).status_code == 200
    assert elsewhere.get(page).status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/signup/",
        "/accounts/email/",
        "/accounts/password/reset/",
        "/accounts/password/set/",
        "/accounts/3rdparty/",
        "/accounts/confirm-email/",
        "/accounts/login/code/confirm/",
    ],
)
def test_nobody_signs_up_or_manages_mail(path: str) -> None:
    assert Client().get(path).status_code == 404
    assert makers.sign_in(makers.make_user()).get(path).status_code == 404


def reset(owner: User, project: Project, user: User) -> tuple[int, str]:
    pk = Membership.objects.active().get(project=project, user=user).pk
    answer = makers.sign_in(owner).post(f"/p/{project.slug}/members/{pk}/password/")
    return answer.status_code, answer.content.decode()


def test_an_owner_hands_over_a_link_for_a_new_password() -> None:
    project = makers.make_project()
    owner, reviewer = makers.make_member(project, "owner"), makers.make_member(project)
    session = makers.sign_in(reviewer)
    new = "nine white swans sleep"

    _, page = reset(owner, project, reviewer)
    link = re.search(r"http://testserver(/accounts/password/reset/key/[^<]+)", page)
    assert link
    browser = Client()
    form = browser.get(link.group(1), follow=True).redirect_chain[-1][0]
    browser.post(form, {"password1": new, "password2": new})

    assert login(reviewer.username, new)[0]
    assert session.get("/accounts/password/change/").status_code == 302
    assert "This link was used" in Client().get(link.group(1)).content.decode()


def test_a_link_for_a_new_password_works_for_a_day() -> None:
    project = makers.make_project()
    owner, reviewer = makers.make_member(project, "owner"), makers.make_member(project)
    _, page = reset(owner, project, reviewer)
    link = re.search(r"http://testserver(/accounts/password/reset/key/[^<]+)", page)
    assert link

    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        answer = Client().get(link.group(1))

    assert "older than a day" in answer.content.decode()


def test_a_link_for_a_new_password_ends_when_the_account_may_do_more() -> None:
    project = makers.make_project()
    owner, reviewer = makers.make_member(project, "owner"), makers.make_member(project)
    _, page = reset(owner, project, reviewer)
    link = re.search(r"http://testserver(/accounts/password/reset/key/[^<]+)", page)
    assert link

    makers.make_member(makers.make_project(), Role.OWNER, reviewer)

    answer = Client().get(link.group(1))
    assert "This link was used" in answer.content.decode()


def test_an_owner_cannot_take_over_somebody_with_rights_elsewhere() -> None:
    here, elsewhere = makers.make_project(), makers.make_project()
    owner = makers.make_member(here, Role.OWNER)
    other = makers.make_member(here)
    makers.make_member(elsewhere, Role.OWNER, other)

    status, page = reset(owner, here, other)

    assert status == 403
    assert "projects that you do not own" in page
    assert "/reset/key/" not in page


def test_an_owner_of_all_projects_of_a_member_may_hand_over_a_link() -> None:
    here, elsewhere = makers.make_project(), makers.make_project()
    owner = makers.make_member(here, Role.OWNER)
    makers.make_member(elsewhere, Role.OWNER, owner)
    reviewer = makers.make_member(here)
    makers.make_member(elsewhere, Role.LEAD, reviewer)

    assert reset(owner, here, reviewer)[0] == 200


def test_an_owner_cannot_take_over_an_administrator() -> None:
    project = makers.make_project()
    owner = makers.make_member(project, Role.OWNER)
    staff = makers.make_user("root", is_staff=True, is_superuser=True)
    makers.make_member(project, Role.REVIEWER, staff)

    status, page = reset(owner, project, staff)

    assert status == 403
    assert "manage.py account --username" in page


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_an_account_that_can_sign_in() -> None:
    project = makers.make_project("pets")

    said = run("account", "--username", "Ida", "--name", "Ida R", "--owner-of", "pets")

    found = re.fullmatch(r"username: (\S+)\npassword: (\S+)\n", said)
    assert found
    assert login(*found.groups())[0]
    assert Membership.objects.get(project=project).role == Role.OWNER


def test_the_command_gives_a_new_password_to_an_account() -> None:
    user = makers.make_user("ann")
    session = makers.sign_in(user)

    said = run("account", "--username", "ann", "--reset")

    assert login("ann", said.split()[-1])[0]
    assert session.get("/accounts/password/change/").status_code == 302


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--username", "ann"), "There is an account ann"),
        (("--username", "a@b"), "letters, digits"),
        (("--username", "eve", "--reset"), "There is no account eve"),
        (("--username", "eve", "--owner-of", "none"), "There is no project none"),
    ],
)
def test_an_account_that_cannot_be_made_is_refused_in_words(
    arguments: tuple[str, ...], said: str
) -> None:
    makers.make_user("ann")

    with pytest.raises(CommandError, match=said):
        run("account", *arguments)
    assert User.objects.count() == 1


def test_the_command_prints_a_token_that_works_for_as_long_as_asked() -> None:
    makers.make_project("pets")

    secret = run(
        *("token", "--project", "pets", "--role", "endpoint"),
        *("--name", "camera", "--days", "3"),
    ).strip()

    now = timezone.now()
    assert tokens.find(secret, at=now).role == Role.ENDPOINT
    with pytest.raises(tokens.NotAToken, match="expired"):
        tokens.find(secret, at=now + timedelta(days=4))


def test_a_token_of_a_person_never_does_more_than_the_person() -> None:
    project = makers.make_project("pets")
    makers.make_member(project, Role.REVIEWER, makers.make_user("ann"))

    with pytest.raises(CommandError, match="cannot have a token of role owner"):
        run(
            *("token", "--project", "pets", "--role", "owner"),
            *("--name", "mine", "--user", "ann"),
        )
