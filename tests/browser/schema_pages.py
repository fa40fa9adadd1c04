"""A project whose schema is edited in a browser, and the people who do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from labeling.models import SchemaVersion
from projects.models import Project, User
from tests.makers import make_member, make_project, make_schema, make_task

QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "topic",
        "kind": "choice",
        "title": "What is it about?",
        "labels": [
            {"id": "billing", "name": "Billing"},
            {"id": "bug", "name": "Bug report"},
        ],
    }
]
GUIDELINE = "# Topic\n\nChoose the **main** topic.\n\n- Refunds are billing."


@dataclass
class Desk:
    """A schema with one open task, and a lead."""

    project: Project
    version: SchemaVersion
    lead: User

    @property
    def url(self) -> str:
        return f"/p/{self.project.slug}/schemas/{self.version.schema.name}/"

    def newest(self) -> SchemaVersion:
        return self.version.schema.versions.latest("number")


def open_schema() -> Desk:
    project = make_project(name="Support desk")
    version = make_schema(
        project, name="tickets", questions=QUESTIONS, guideline=GUIDELINE
    )
    make_task(project, schema=version, content={"text": "I was charged twice."})
    return Desk(project, version, make_member(project, "lead"))


def open_editor(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.url}edit/")
    expect(page.locator("#editor[data-ready]")).to_be_visible()
