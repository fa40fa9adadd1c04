"""A schema of a project, and the people who look at its pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client

from labeling import schemas, yaml_text
from labeling.models import SchemaVersion
from projects.models import Project, User
from tests import makers

GUIDELINE = "# Pets\n\nLook at the *ears*."


@dataclass
class Pets:
    """A schema with one question, a lead, and a reviewer."""

    project: Project
    version: SchemaVersion
    lead: User
    reviewer: User

    @property
    def url(self) -> str:
        return f"/p/{self.project.slug}/schemas/pets/"

    def of(self, version: SchemaVersion, part: str) -> str:
        return f"/p/{self.project.slug}/schemas/{version.pk}/{part}"

    def as_lead(self) -> Client:
        return makers.sign_in(self.lead)

    def as_reviewer(self) -> Client:
        return makers.sign_in(self.reviewer)

    def newest(self) -> SchemaVersion:
        return self.version.schema.versions.latest("number")

    def section(self, **changed: Any) -> dict[str, Any]:
        """The newest version, with some of it changed."""
        return {**schemas.section_of(self.newest()), **changed}

    def text(self, **changed: Any) -> str:
        return yaml_text.write(self.section(**changed))

    def change(self, **changed: Any) -> SchemaVersion:
        """The next version, made by a file."""
        schemas.apply_schema(self.project, self.section(**changed), None)
        return self.newest()

    def post(self, **fields: Any) -> Any:
        """The editor's form as it is handed in."""
        based_on = self.newest().number
        data = {"based_on": based_on, "note": "Better words", **fields}
        return self.as_lead().post(f"{self.url}edit/", data, follow=True)


def make_pets() -> Pets:
    project = makers.make_project()
    version = makers.make_schema(project, name="pets", guideline=GUIDELINE)
    return Pets(
        project,
        version,
        makers.make_member(project, "lead"),
        makers.make_member(project, "reviewer"),
    )


def questions(*labels: str, title: str = "What is it?") -> list[dict[str, Any]]:
    (question,) = makers.make_questions(*labels)
    return [{**question, "title": title}]
