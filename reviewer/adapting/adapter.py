"""An adapter: how bodies of one endpoint become payload fields and a model's output.

model:
  name: tickets
  version: "3"              # or versions: {AllTraffic: "3", Canary: "4"}
input:
  fields:
    text: {json: instances[0].text}
  group: {json: user}       # optional: what must not be split (a document, a person)
  rows: instances           # optional: a list with one input each; paths begin in it
output:
  probabilities: {json: predictions[0].scores}
  scores: softmax           # as_they_are, softmax or sigmoid
  classes: [cat, dog]       # the order of a list of numbers
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from reviewer.adapting import bodies, places, scores
from reviewer.adapting.bodies import Body, Part, Unread
from reviewer.adapting.places import BODY, CSV, JSON, Place

KEYS: Final = ("model", "input", "output")
MODEL_KEYS: Final = ("name", "version", "versions")
INPUT_KEYS: Final = ("fields", "group", "rows", "header")
OUTPUT_KEYS: Final = (
    *("question", "label", "value", "confidence", "probabilities"),
    *("scores", "classes", "threshold", "rows", "header"),
)
PLACES: Final = ("label", "value", "confidence", "probabilities")
MOST_CLASSES: Final = 10_000
Say = Callable[[str, str], None]


class Adapted(msgspec.Struct, frozen=True):
    """What belongs into one prediction."""

    input: dict[str, Any]
    output: dict[str, Any]
    group: str = ""


class _Side(msgspec.Struct, frozen=True):
    """How one body falls into parts."""

    name: str
    kind: str
    header: bool
    rows: tuple[int | str, ...] | None

    def parts(self, body: Body) -> list[Part]:
        if self.kind == CSV:
            return bodies.csv_parts(body, self.name, header=self.header)
        if self.kind != JSON:
            return bodies.whole(body)
        found = bodies.json_parts(body, self.name)
        return found if self.rows is None else self._inner(body, found)

    def _inner(self, body: Body, outer: list[Part]) -> list[Part]:
        where, path = f"{self.name}.rows", self.rows or ()
        parts: list[Part] = []
        for part in outer:
            rows = places.follow(part.json, path, where)
            if not isinstance(rows, list):
                text = f"must lead to a list; it leads to {places.shown(rows)}"
                raise Unread(where, text)
            parts += [Part(body, row) for row in rows]
        return parts


class Adapter(msgspec.Struct, frozen=True):
    """Read by `compiled`; it tells what a request and its answer say."""

    model: str
    version: str
    versions: dict[str, str]
    sides: tuple[_Side, _Side]
    fields: tuple[tuple[str, Place], ...]
    group: Place | None
    said: dict[str, Place]
    question: str
    scores: str
    classes: tuple[str, ...]
    threshold: float | None

    def version_of(self, variant: str) -> str:
        """The model version that a production variant serves."""
        if not self.versions:
            return self.version
        if variant in self.versions:
            return self.versions[variant]
        known = ", ".join(self.versions)
        text = f"does not name the variant “{variant}”; it names: {known}"
        raise Unread("model.versions", text)

    def read(self, sent: Body, answered: Body) -> list[Adapted | Unread]:
        """A prediction for each part, or why it cannot be read.

        Unread is raised when nothing can: a body that is broken, or as many answers as
        there are no inputs for.
        """
        inputs, outputs = self.sides[0].parts(sent), self.sides[1].parts(answered)
        if len(inputs) != len(outputs):
            text = f"holds {len(outputs)} answers to {len(inputs)} inputs"
            raise Unread("output", text)
        if not inputs:
            raise Unread("input", "is empty")
        return [self._one(*pair) for pair in zip(inputs, outputs, strict=True)]

    def _one(self, sent: Part, answered: Part) -> Adapted | Unread:
        try:
            content = {name: place.read(sent) for name, place in self.fields}
            group = ""
            if self.group is not None:
                group = _text(self.group.read(sent), "input.group")
            return Adapted(content, self._output(answered), group)
        except Unread as problem:
            return problem

    def _output(self, part: Part) -> dict[str, Any]:
        found = self._answer(part)
        return {self.question: found} if self.question else found

    def _answer(self, part: Part) -> dict[str, Any]:
        said = self.said
        found: dict[str, Any] = {}
        if "value" in said:
            found["value"] = said["value"].read(part)
        if "probabilities" in said:
            given = said["probabilities"].read(part)
            shares = scores.probabilities(given, self.classes, self.scores)
            found["label"] = scores.chosen(shares, self.threshold)
            found["probabilities"] = shares
        if "label" in said:
            found["label"] = self._label(said["label"].read(part))
        if "confidence" in said:
            value = said["confidence"].read(part)
            found["confidence"] = scores.number(value, "output.confidence")
        return found

    def _label(self, given: Any) -> str:
        """A class by its name, or by its place among the classes."""
        text = _text(given, "output.label").strip()
        if not self.classes or text in self.classes:
            return text
        try:
            at = float(text)
            name = self.classes[int(at)] if at.is_integer() and at >= 0 else None
        except (ValueError, IndexError):
            name = None
        if name is None:
            known = ", ".join(self.classes[:8])
            text = f"{places.shown(given)} is none of the classes: {known}"
            raise Unread("output.label", text)
        return name


def _text(value: Any, where: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        raise Unread(where, f"{places.shown(value)} is no text")
    return msgspec.json.encode(value).decode()


def compiled(section: Mapping[str, Any]) -> Adapter:
    """For a section with which nothing is wrong."""
    model, given, said = section["model"], section["input"], section["output"]
    return Adapter(
        model=model["name"],
        version=model.get("version", ""),
        versions=model.get("versions", {}),
        sides=(
            _side("input", given, _input_places(given)),
            _side("output", said, _output_places(said)),
        ),
        fields=tuple(
            (name, places.compiled(place, f"input.fields.{name}"))
            for name, place in given["fields"].items()
        ),
        group=(
            places.compiled(given["group"], "input.group") if "group" in given else None
        ),
        said={
            key: places.compiled(said[key], f"output.{key}")
            for key in PLACES
            if key in said
        },
        question=said.get("question", ""),
        scores=said.get("scores", scores.AS_THEY_ARE),
        classes=tuple(said.get("classes", ())),
        threshold=said.get("threshold"),
    )


def _side(name: str, section: Mapping[str, Any], found: Mapping[str, Any]) -> _Side:
    kinds = {next(iter(place)) for place in found.values()}
    rows = section.get("rows")
    return _Side(
        name=name,
        kind=next((kind for kind in (CSV, JSON) if kind in kinds), BODY),
        header=section.get("header", False),
        rows=None if rows is None else places.path_of(rows),
    )


def _input_places(section: Mapping[str, Any]) -> dict[str, Any]:
    found = {f"fields.{name}": place for name, place in section["fields"].items()}
    return found | ({"group": section["group"]} if "group" in section else {})


def _output_places(section: Mapping[str, Any]) -> dict[str, Any]:
    return {key: section[key] for key in PLACES if key in section}
