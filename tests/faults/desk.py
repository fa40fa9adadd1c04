"""Sets up a project for the load, in a process of its own that ends before it begins.

`python -m tests.faults.desk FILE` with OVERREAD_HOME: applies the file and writes a token
for each of NAMES as the last line, one JSON object.
"""

from __future__ import annotations

import io
import json
import os
import sys

import django

SLUG = "load"
NAMES = {
    "endpoint": "endpoint",
    **{f"reviewer-{number}": "reviewer" for number in range(5)},
    **{f"adjudicator-{number}": "adjudicator" for number in range(2)},
}
FILE = """
project: {slug: load}
schema:
  fields: [{name: text, type: text}]
  questions:
    - id: label
      kind: choice
      title: Which animal is it?
      labels: [{id: cat, name: Cat}, {id: dog, name: Dog}]
endpoints: [{name: pets}]
policy:
  rules: [{name: unsure, when: {confidence_below: 0.6}}]
  audit: 0.1
queues:
  - {name: review, overlap: 2, max_overlap: 3, lease_seconds: 30}
  - {name: adjudication, purpose: adjudication, max_overlap: 1, lease_seconds: 30}
"""


def main(file: str) -> None:
    said = {name: _token(name, role) for name, role in _applied(file).items()}
    sys.stdout.write(json.dumps(said) + "\n")


def _applied(file: str) -> dict[str, str]:
    _command("apply", file)
    return NAMES


def _token(name: str, role: str) -> str:
    return _command("token", project=SLUG, role=role, name=name).strip()


def _command(command: str, *arguments: str, **options: object) -> str:
    from django.core.management import call_command

    said = io.StringIO()
    call_command(command, *arguments, stdout=said, **options)
    return said.getvalue()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
    django.setup()
    main(sys.argv[1])
