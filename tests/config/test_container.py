"""What a container's argument means, and how it tells that it is well."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from config import container

PAGES = b"python\0-m\0granian\0config.wsgi:application"


class Answer(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing on the console."""


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Answer]]:
    answer = type("OneAnswer", (Answer,), {})
    with HTTPServer(("127.0.0.1", 0), answer) as server:
        monkeypatch.setattr(container, "PORT", str(server.server_port))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield answer
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (400, 0), (404, 1), (503, 1)])
def test_pages_are_well_when_they_answer(
    pages: type[Answer], status: int, code: int
) -> None:
    pages.status = status

    assert container.health(PAGES) == code


def test_pages_that_do_not_answer_are_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "PORT", "1")

    assert container.health(PAGES) == 1


def test_the_part_that_waits_is_asked_how_it_is(pages: type[Answer]) -> None:
    assert container.health(b"python\0-m\0config.waits\0--port\08080") == 0


def test_a_worker_is_well_while_it_runs() -> None:
    assert container.health(b"python\0manage.py\0worker") == 0


def test_parts_need_a_database_and_say_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)

    assert container.main(["web"]) == 1
    assert "DATABASE_URL" in capsys.readouterr().err


def test_other_words_are_commands_of_manage_py() -> None:
    assert container.command(["token", "--name", "x"])[1:] == [
        "manage.py",
        "token",
        "--name",
        "x",
    ]
    assert container.command([])[1:3] == ["-m", "granian"]
