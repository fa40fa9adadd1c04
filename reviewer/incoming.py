"""One posted prediction: read, checked against its endpoint's schema, not yet kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from labeling import answers, payloads, versions
from projects.refused import Conflict, DoesNotFit, FieldProblem, Refused

if TYPE_CHECKING:
    from labeling.kinds.base import PreLabel, Problem

MAX_ID = 64
MAX_NAME = 120
MAX_VERSION = 60
AHEAD = timedelta(minutes=10)


class Model(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    name: str
    version: str


class Scored(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    model: Model
    output: dict[str, Any]


class Row(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A prediction as an endpoint sends it."""

    inference_id: str
    endpoint: str
    model: Model
    input: dict[str, Any]
    output: dict[str, Any]
    group: str = ""
    occurred_at: datetime | None = None
    metadata: dict[str, Any] = {}
    scores: tuple[Scored, ...] = ()


class UnknownEndpoint(Refused):
    code, status, title = "unknown_endpoint", 422, "There is no such endpoint"


class SentBefore(Conflict):
    code, title = "sent_before", "This id was sent before with other content"


class Batch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    predictions: list[Row]


class Incoming(msgspec.Struct, frozen=True):
    """A row that fits: everything that intake needs to keep and route it."""

    row: Row
    # the endpoint's id and the inference id
    key: tuple[int, str]
    version_id: int
    pre_label: Mapping[str, PreLabel]
    score_labels: Sequence[Mapping[str, PreLabel]]
    payload: bytes
    payload_digest: str
    content_hash: str

    @property
    def main(self) -> PreLabel:
        """The model's answer to the first question, which routing looks at."""
        return next(iter(self.pre_label.values()))


class Reader:
    """Reads rows of a project; its endpoints and their schema versions are given by id."""

    def __init__(self, endpoints: Mapping[str, tuple[int, int]]) -> None:
        self._endpoints = endpoints

    def read(self, raw: Any) -> Incoming:
        """The row, or DoesNotFit / UnknownEndpoint with every problem found.

        A Row was decoded from text without U+0000 and has its shape already.
        """
        row = raw if isinstance(raw, Row) else self._convert(raw)
        problems = _check_plain(row)
        if row is not raw:
            problems += nul_characters(raw)
        endpoint_id, version_id = self._endpoint(row, problems)
        questions = versions.questions(version_id)
        pre_label, wrong = answers.read_output(questions, row.output)
        problems += under("output", wrong)
        scores = []
        for at, score in enumerate(row.scores):
            read, wrong = answers.read_output(questions, score.output)
            problems += under(f"scores[{at}].output", wrong)
            scores.append(read)
        fields = versions.fields(version_id)
        problems += under("input", payloads.check(fields, row.input))
        if problems:
            raise does_not_fit(problems)
        payload = payloads.canonical(row.input)
        return Incoming(
            row=row,
            key=(endpoint_id, row.inference_id),
            version_id=version_id,
            pre_label=pre_label,
            score_labels=scores,
            payload=payload,
            payload_digest=hashlib.sha256(payload).hexdigest(),
            content_hash=hashlib.sha256(
                msgspec.json.encode(row, order="sorted")
            ).hexdigest(),
        )

    def _convert(self, raw: Any) -> Row:
        try:
            return msgspec.convert(raw, Row)
        except msgspec.ValidationError as error:
            raise does_not_fit([from_msgspec(error)]) from error

    def _endpoint(self, row: Row, problems: Sequence[FieldProblem]) -> tuple[int, int]:
        found = self._endpoints.get(row.endpoint)
        if found is not None:
            return found
        known = ", ".join(sorted(self._endpoints)) or "none yet"
        problem = FieldProblem(
            field="endpoint", problem=f"is unknown; this project has: {known}"
        )
        raise UnknownEndpoint(
            f"There is no endpoint “{row.endpoint[:80]}” in this project.",
            errors=[problem, *problems],
        )


def _is_plain(row: Row) -> bool:
    """Nothing to look at more closely: nearly every row of thousands a second."""
    return (
        _is_id(row.inference_id)
        and 0 < len(row.model.name.strip()) <= len(row.model.name) <= MAX_NAME
        and 0 < len(row.model.version.strip()) <= len(row.model.version) <= MAX_VERSION
        and len(row.group) <= MAX_NAME
        and row.occurred_at is None
        and not row.scores
    )


def _check_plain(row: Row) -> list[FieldProblem]:
    if _is_plain(row):
        return []
    found = []
    if not _is_id(row.inference_id):
        problem = 'must be 1 to 64 printable characters without "/"'
        found.append(FieldProblem(field="inference_id", problem=problem))
    for field, value, longest in (
        ("model.name", row.model.name, MAX_NAME),
        ("model.version", row.model.version, MAX_VERSION),
    ):
        if not value.strip() or len(value) > longest:
            problem = f"must be 1 to {longest} characters"
            found.append(FieldProblem(field=field, problem=problem))
    if len(row.group) > MAX_NAME:
        problem = f"must be at most {MAX_NAME} characters"
        found.append(FieldProblem(field="group", problem=problem))
    return found + _check_time(row.occurred_at) + _check_scores(row)


def _is_id(text: str) -> bool:
    fits = 0 < len(text) <= MAX_ID and text.isprintable() and "/" not in text
    return fits and text == text.strip()


def _check_time(at: datetime | None) -> list[FieldProblem]:
    if at is None:
        return []
    if at.tzinfo is None:
        problem = "must say its time zone, such as 2026-01-31T12:00:00Z"
        return [FieldProblem(field="occurred_at", problem=problem)]
    if at > datetime.now(UTC) + AHEAD:
        problem = "lies in the future; check the clock of the machine that sent it"
        return [FieldProblem(field="occurred_at", problem=problem)]
    return []


def _check_scores(row: Row) -> list[FieldProblem]:
    models = [row.model, *(score.model for score in row.scores)]
    if len(set(models)) == len(models):
        return []
    problem = "must name each model version once, and not the one that predicted"
    return [FieldProblem(field="scores", problem=problem)]


def nul_characters(raw: Any, path: str = "") -> list[FieldProblem]:
    """PostgreSQL cannot keep the character U+0000 in a text, so it is refused here."""
    if isinstance(raw, str):
        problem = "holds the character U+0000; take it out"
        return [FieldProblem(field=path, problem=problem)] if "\0" in raw else []
    if isinstance(raw, dict):
        inner = [(f"{path}.{key}" if path else str(key), v) for key, v in raw.items()]
        keys = [found for key in raw for found in nul_characters(key, path or "key")]
        return keys + [f for where, v in inner for f in nul_characters(v, where)]
    if isinstance(raw, list):
        return [
            f for at, v in enumerate(raw) for f in nul_characters(v, f"{path}[{at}]")
        ]
    return []


def under(path: str, problems: Sequence[Problem]) -> list[FieldProblem]:
    moved = [problem.under(path) for problem in problems]
    return [FieldProblem(field=p.field, problem=p.problem) for p in moved]


def from_msgspec(error: msgspec.ValidationError) -> FieldProblem:
    text, _, path = str(error).partition(" - at `")
    field = path.rstrip("`").removeprefix("$").lstrip(".") or "row"
    return FieldProblem(field=field, problem=text)


def does_not_fit(problems: Sequence[FieldProblem]) -> DoesNotFit:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return DoesNotFit(f"{first['field']}: {first['problem']}{more}.", errors=problems)
