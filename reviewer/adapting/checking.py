"""What is wrong with an adapter that somebody wrote, each problem under its key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from projects.refused import FieldProblem
from projects.shape import Shape, under
from reviewer.adapting import adapter, places, scores
from reviewer.adapting.places import BASE64, BODY, CSV, JSON

MAX_NAME: Final = 120
MAX_VERSION: Final = 60


def check(section: object) -> list[FieldProblem]:
    """Everything that can be seen without the endpoint's schema; [] if it can be used."""
    shape = Shape(section, adapter.KEYS)
    if not isinstance(section, Mapping):
        return shape.problems
    problems = list(shape.problems)
    for key, read in (("model", _model), ("input", _input), ("output", _output)):
        if key not in section:
            problems.append({"field": key, "problem": "is missing"})
        else:
            problems += under(key, read(section[key]))
    return problems


def _model(given: object) -> list[FieldProblem]:
    shape = Shape(given, adapter.MODEL_KEYS)
    shape.text("name", longest=MAX_NAME)
    if shape.has("version") == shape.has("versions"):
        shape.blame("version", "say one of: version, versions (by variant)")
    elif shape.has("version"):
        shape.text("version", longest=MAX_VERSION)
    else:
        _versions(shape)
    return shape.problems


def _versions(shape: Shape) -> None:
    given = shape.get("versions")
    if not isinstance(given, dict) or not given:
        shape.blame("versions", "must be a map: variant to model version")
        return
    inner = Shape(given, list(given))
    for variant in given:
        inner.text(variant, longest=MAX_VERSION)
    shape.problems += under("versions", inner.problems)


def _input(given: object) -> list[FieldProblem]:
    shape = Shape(given, adapter.INPUT_KEYS)
    found: dict[str, Any] = {}
    fields = shape.get("fields")
    if not isinstance(fields, dict) or not fields:
        shape.blame("fields", "must be a map: field of the schema to its place")
    else:
        found = {f"fields.{name}": place for name, place in fields.items()}
    if shape.has("group"):
        found["group"] = shape.get("group")
    _places(shape, found, (JSON, CSV, BODY, BASE64))
    return shape.problems


def _output(given: object) -> list[FieldProblem]:
    shape = Shape(given, adapter.OUTPUT_KEYS)
    found = {key: shape.get(key) for key in adapter.PLACES if shape.has(key)}
    if not found.keys() & {"label", "value", "probabilities"}:
        shape.blame("label", "say one of: label, probabilities, value")
    if "value" in found and found.keys() & {"label", "probabilities"}:
        shape.blame("value", "stands alone; leave out label and probabilities")
    _places(shape, found, (JSON, CSV, BODY))
    if shape.has("question"):
        shape.text("question", longest=MAX_NAME)
    shape.one_of("scores", scores.KINDS, default=scores.AS_THEY_ARE)
    _classes(shape)
    _threshold(shape)
    return shape.problems


def _classes(shape: Shape) -> None:
    given = shape.get("classes")
    if given is None and not shape.has("classes"):
        return
    good = isinstance(given, list) and 2 <= len(given) <= adapter.MOST_CLASSES
    if not good or not all(isinstance(each, str) and each for each in given):
        shape.blame("classes", "must be a list of at least two names, as text")
    elif len(set(given)) != len(given):
        shape.blame("classes", "must name each class once")


def _threshold(shape: Shape) -> None:
    if not shape.has("threshold"):
        return
    shape.share("threshold", default=0.5)
    classes = shape.get("classes")
    if not shape.has("probabilities"):
        shape.blame("threshold", "needs probabilities to compare with")
    elif not isinstance(classes, list) or len(classes) != 2:
        shape.blame("threshold", "needs two classes: below it, and from it on")


def _places(shape: Shape, found: Mapping[str, Any], kinds: tuple[str, ...]) -> None:
    """Each is a place, and all of them read the body in the same way."""
    seen = set()
    for key, place in found.items():
        if problem := places.wrong(place, kinds):
            shape.blame(key, problem)
        elif isinstance(place, dict):
            seen.add(_way(next(iter(place))))
    if len(seen) > 1:
        key = next(iter(found))
        shape.blame(key, f"one body is read in one way, not as {' and '.join(seen)}")
    _rows(shape, seen)
    header = shape.get("header")
    if shape.has("header") and not isinstance(header, bool):
        shape.blame("header", "must be true or false")
    elif header and CSV not in seen:
        shape.blame("header", "is for bodies that are read as CSV")


def _way(kind: str) -> str:
    return kind if kind in (JSON, CSV) else "a whole"


def _rows(shape: Shape, seen: set[str]) -> None:
    if not shape.has("rows"):
        return
    if problem := places.wrong({JSON: shape.get("rows")}, (JSON,)):
        shape.blame("rows", problem)
    elif seen and JSON not in seen:
        shape.blame("rows", "is for bodies that are read as JSON")
