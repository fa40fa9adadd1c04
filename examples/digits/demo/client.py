"""Calls the REST API as a client that means it: every call may be sent again."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import requests

PATIENCE = 60.0
TIMEOUT = 30.0
LONGEST_PAUSE = 2.0
# The service is away, starts again, or asks for less: none of it is about this call.
COMES_BACK = frozenset({429, 500, 502, 503, 504})
CSRF_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Refused(Exception):
    """The service said no, and why; sending it again would change nothing."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.code = status, str(problem.get("code", ""))
        words = problem.get("detail") or problem.get("title") or problem
        super().__init__(f"{status}: {words}")


class Away(Exception):
    """The service did not come back within PATIENCE."""


class Client:
    """One caller with a connection of its own; not for two threads at once."""

    def __init__(self, url: str, secret: str = "") -> None:
        self.url = url.rstrip("/")
        self.session = requests.Session()
        if secret:
            self.session.headers["Authorization"] = f"Bearer {secret}"

    def get(self, path: str) -> Any:
        return self.call("GET", f"/api/v1/{path}")

    def post(self, path: str, body: Any) -> Any:
        return self.call("POST", f"/api/v1/{path}", json=body)

    def call(self, method: str, path: str, **how: Any) -> Any:
        answer = self.send(method, f"{self.url}{path}", **how)
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            raise Refused(answer.status_code, _problem(answer))
        return answer.json()

    def send(self, method: str, url: str, **how: Any) -> requests.Response:
        """The answer, after as many tries as it takes for the service to be there."""
        return patiently(
            lambda: self.session.request(method, url, timeout=TIMEOUT, **how)
        )


def patiently(ask: Callable[[], requests.Response]) -> requests.Response:
    deadline, pause, why = time.monotonic() + PATIENCE, 0.1, ""
    while time.monotonic() < deadline:
        try:
            answer = ask()
        except (requests.ConnectionError, requests.Timeout) as error:
            why = str(error)
        else:
            if answer.status_code not in COMES_BACK:
                return answer
            why = f"{answer.status_code} {answer.text[:200]}"
        time.sleep(pause * (0.5 + random.random()))  # noqa: S311 (spread, not secret)
        pause = min(pause * 2, LONGEST_PAUSE)
    raise Away(f"The service did not answer for {PATIENCE:.0f} s: {why}")


def _problem(answer: requests.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {"detail": answer.text[:300]}
    return found if isinstance(found, dict) else {"detail": str(found)[:300]}


class Person(Client):
    """Somebody who signed in with a password, as a browser does; decisions need one."""

    def sign_in(self, username: str, password: str) -> None:
        page = self.send("GET", f"{self.url}/accounts/login/")
        form = {
            "csrfmiddlewaretoken": CSRF_FIELD.findall(page.text)[0],
            "login": username,
            "password": password,
        }
        url = f"{self.url}/accounts/login/"
        answer = self.send("POST", url, data=form, allow_redirects=False)
        if answer.status_code != HTTPStatus.FOUND:
            raise Refused(answer.status_code, {"detail": f"{username} cannot sign in."})

    def post(self, path: str, body: Any) -> Any:
        proof = {"X-CSRFToken": self.session.cookies.get("csrftoken", "")}
        return self.call("POST", f"/api/v1/{path}", json=body, headers=proof)
