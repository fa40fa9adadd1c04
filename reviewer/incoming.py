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
    from labeling.fields.base import Field
    from labeling.kinds.base import PreLabel, Problem, Question

MAX_ID = 64
MAX_NAME = 120
MAX_VERSION = 60
AHEAD = timedelta(minutes=10)
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


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


class _Asked(msgspec.Struct, frozen=True):
    """What an endpoint's rows must fit."""

    endpoint: int
    version: int
    questions: tuple[Question, ...]
    fields: tuple[Field, ...]
    marks: bool


class Reader:
    """Reads rows of a project; its endpoints and their schema versions are given by id."""

    def __init__(self, endpoints: Mapping[str, tuple[int, int]]) -> None:
        self._endpoints = {
            name: _Asked(
                endpoint,
                version,
                versions.questions(version),
                versions.fields(version),
                versions.marks(version),
            )
            for name, (endpoint, version) in endpoints.items()
        }

    def read(self, raw: Any) -> Incoming:
        """The row, or DoesNotFit / UnknownEndpoint with every problem found.

        A Row was decoded from text without U+0000 and has its shape already.
        """
        row = raw if isinstance(raw, Row) else self._convert(raw)
        problems = [] if _is_plain(row) else _check_plain(row)
        if row is not raw:
            problems += nul_characters(raw)
        asked = self._endpoints.get(row.endpoint)
        if asked is None:
            raise self._unknown(row.endpoint, problems)
        pre_label, wrong = answers.read_output(asked.questions, row.output)
        if wrong:
            problems += under("output", wrong)
        scores = _read_scores(asked, row, problems) if row.scores else ()
        if wrong := payloads.check(asked.fields, row.input):
            problems += under("input", wrong)
        if asked.marks and not problems:
            said = {question: each.value for question, each in pre_label.items()}
            wrong = answers.check_places(asked.questions, said, row.input)
            problems += under("output", wrong)
        if problems:
            raise does_not_fit(problems)
        payload = payloads.canonical(row.input)
        digest = hashlib.sha256(payload).hexdigest()
        return Incoming(
            row,
            (asked.endpoint, row.inference_id),
            asked.version,
            pre_label,
            scores,
            payload,
            digest,
            _content_hash(row, digest),
        )

    def _convert(self, raw: Any) -> Row:
        try:
            return msgspec.convert(raw, Row)
        except msgspec.ValidationError as error:
            raise does_not_fit([from_msgspec(error)]) from error

    def _unknown(self, name: str, problems: Sequence[FieldProblem]) -> UnknownEndpoint:
        known = ", ".join(sorted(self._endpoints)) or "none yet"
        problem = FieldProblem(
            field="endpoint", problem=f"is unknown; this project has: {known}"
        )
        return UnknownEndpoint(
            f"There is no endpoint “{name[:80]}” in this project.",
            errors=[problem, *problems],
        )


def _read_scores(
    asked: _Asked, row: Row, problems: list[FieldProblem]
) -> list[Mapping[str, PreLabel]]:
    scores: list[Mapping[str, PreLabel]] = []
    for at, score in enumerate(row.scores):
        read, wrong = answers.read_output(asked.questions, score.output)
        problems += under(f"scores[{at}].output", wrong)
        scores.append(read)
    return scores


def _content_hash(row: Row, payload_digest: str) -> str:
    """BLAKE2b-128 of everything that was sent; the input by its digest."""
    rest = (
        row.model,
        row.output,
        row.group,
        row.occurred_at,
        row.metadata,
        row.scores,
        payload_digest,
    )
    text = msgspec.json.encode(rest, order="sorted")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _is_plain(row: Row) -> bool:
    """Nothing to look at more closely: nearly every row of thousands a second."""
    return (
        is_id(row.inference_id)
        and 0 < len(row.model.name.strip()) <= len(row.model.name) <= MAX_NAME
        and 0 < len(row.model.version.strip()) <= len(row.model.version) <= MAX_VERSION
        and len(row.group) <= MAX_NAME
        and row.occurred_at is None
        and not row.scores
    )


def _check_plain(row: Row) -> list[FieldProblem]:
    found = []
    if not is_id(row.inference_id):
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


def is_id(text: str) -> bool:
    fits = 0 < len(text) <= MAX_ID and text.isprintable() and "/" not in text
    return fits and text == text.strip()


def _check_time(at: datetime | None) -> list[FieldProblem]:
    if at is None:
        return []
    if at.tzinfo is None:
        problem = "must say its time zone, such as 2026-01-31T12:00:00Z"
        return [FieldProblem(field="occurred_at", problem=problem)]
    if at < LONG_AGO:
        problem = (
            f"lies before {LONG_AGO.year}; check the clock of the machine that sent it"
        )
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
