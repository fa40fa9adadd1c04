"""What a routing policy says; reads it as people write it and names the key of what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct, convert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Scalar: TypeAlias = str | int | float | bool

LOWEST_AUDIT: Final = 0.005
LOWEST_BLIND_REVIEW: Final = 0.05
# A promise of less needs hundreds of thousands of answers; of more, it is none.
MOST_SURE: Final = 0.999
MOST_REVIEWS: Final = 10_000_000
LEAST_WRONG: Final = 0.0005
MOST_WRONG: Final = 0.5
_LONGEST_NAME = 80
# An integer that no float holds is no probability either.
_LARGEST = 1e9
MOST_KEYS: Final = 20
_KEYS: Final = ("audit", "rules", "blind", "model", "promise", "budget")


class When(Struct, frozen=True):
    """Conditions of a rule; all that are given must hold."""

    confidence_below: float | None = None
    confidence_between: tuple[float, float] | None = None
    margin_below: float | None = None
    entropy_above: float | None = None
    label: frozenset[str] | None = None
    metadata: tuple[tuple[str, tuple[Scalar, ...]], ...] = ()


class Rule(Struct, frozen=True):
    """Predictions that `when` fits are looked at with probability `sample`."""

    name: str
    when: When
    sample: float = 1.0


class Model(Struct, frozen=True):
    """The model version a policy was made for."""

    name: str
    version: str


class Promise(Struct, frozen=True):
    """At most this share wrong among the accepted, by model version (and label)."""

    wrong: float
    sure: float = 0.95
    by_label: bool = False


class Budget(Struct, frozen=True):
    """About so many are looked at a day (UTC), those that tell most."""

    reviews_a_day: int


class Policy(Struct, frozen=True):
    """Rules, and the floor of chance for what no rule asks for."""

    rules: tuple[Rule, ...] = ()
    audit: float = 0.01
    blind_review: float = 0.2
    blind_audit: float = 1.0
    model: Model | None = None
    promise: Promise | None = None
    budget: Budget | None = None


class PolicyError(ValueError):
    """A policy that cannot be used: `path` is the key, `problem` says what to do."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


def read_policy(data: object) -> Policy:
    """The policy; PolicyError for the first thing that is wrong with it."""
    given = _mapping(data, "", _KEYS)
    rules = given.get("rules", [])
    if not isinstance(rules, list):
        raise PolicyError("rules", "must be a list of rules")
    read = tuple(_rule(rule, f"rules[{at}]") for at, rule in enumerate(rules))
    _refuse_repeated(read)
    _refuse_many_keys(read)
    blind = _mapping(given.get("blind", {}), "blind", ("review", "audit"))
    return Policy(
        rules=read,
        audit=_number(given.get("audit", 0.01), "audit", LOWEST_AUDIT, 1),
        blind_review=_number(
            blind.get("review", 0.2), "blind.review", LOWEST_BLIND_REVIEW, 1
        ),
        blind_audit=_number(
            blind.get("audit", 1.0), "blind.audit", LOWEST_BLIND_REVIEW, 1
        ),
        model=_model(given["model"]) if given.get("model") is not None else None,
        promise=_promise(given.get("promise")),
        budget=_budget(given),
    )


def _rule(data: object, path: str) -> Rule:
    given = _mapping(data, path, ("name", "when", "sample"))
    name = _text(given.get("name"), f"{path}.name")
    sample = given.get("sample", 1)
    chance = _number(sample, f"{path}.sample", 0, 1)
    if chance == 0:
        problem = "must be above 0; leave the rule out, chance alone then audits these"
        raise PolicyError(f"{path}.sample", problem)
    return Rule(name=name, when=_when(given.get("when"), f"{path}.when"), sample=chance)


def _when(data: object, path: str) -> When:
    if data is None:
        problem = "is missing; say when the rule applies, {} for always"
        raise PolicyError(path, problem)
    given = _mapping(data, path, tuple(_CONDITIONS))
    read = {key: _CONDITIONS[key](v, f"{path}.{key}") for key, v in given.items()}
    return convert(read, When)


def _probability(value: object, path: str) -> float:
    return _number(value, path, 0, 1)


def _entropy(value: object, path: str) -> float:
    return _number(value, path, 0, float("inf"))


def _band(value: object, path: str) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise PolicyError(path, "must be two numbers, [low, high]")
    low, high = (_probability(v, f"{path}[{at}]") for at, v in enumerate(value))
    if low >= high:
        raise PolicyError(path, f"the first number must be the lower, not {low:g}")
    return low, high


def _labels(value: object, path: str) -> frozenset[str]:
    if not isinstance(value, list) or not value:
        raise PolicyError(path, "must be a list of label ids")
    return frozenset(_text(v, f"{path}[{at}]") for at, v in enumerate(value))


def _metadata(value: object, path: str) -> tuple[tuple[str, tuple[Scalar, ...]], ...]:
    if not isinstance(value, dict) or not value:
        raise PolicyError(path, "must be a map: key to value, or to a list of values")
    return tuple(
        (_text(key, path), _wanted(wanted, f"{path}.{key}"))
        for key, wanted in value.items()
    )


def _wanted(value: object, path: str) -> tuple[Scalar, ...]:
    values = value if isinstance(value, list) else [value]
    wanted = tuple(v for v in values if isinstance(v, str | int | float))
    if not wanted or len(wanted) < len(values):
        raise PolicyError(
            path, "must be text, a number, true or false, or a list of them"
        )
    return wanted


_CONDITIONS: Final[Mapping[str, Callable[[object, str], object]]] = {
    "confidence_below": _probability,
    "confidence_between": _band,
    "margin_below": _probability,
    "entropy_above": _entropy,
    "label": _labels,
    "metadata": _metadata,
}


def _model(data: object) -> Model:
    given = _mapping(data, "model", ("name", "version"))
    version = given.get("version")
    # YAML reads `version: 3` as a number
    if isinstance(version, int) and not isinstance(version, bool):
        version = str(version)
    name = _text(given.get("name"), "model.name")
    return Model(name=name, version=_text(version, "model.version"))


def _promise(data: object) -> Promise | None:
    if data is None:
        return None
    given = _mapping(data, "promise", ("wrong", "sure", "by_label"))
    by_label = given.get("by_label", False)
    if not isinstance(by_label, bool):
        raise PolicyError("promise.by_label", "must be true or false")
    wrong = _number(given.get("wrong"), "promise.wrong", LEAST_WRONG, MOST_WRONG)
    sure = _number(given.get("sure", 0.95), "promise.sure", 0.5, MOST_SURE)
    return Promise(wrong, sure, by_label)


def _budget(policy: Mapping[str, object]) -> Budget | None:
    data = policy.get("budget")
    if data is None:
        return None
    if policy.get("promise") is not None:
        problem = "cannot stand beside a promise, which reviews all below its threshold"
        raise PolicyError("budget", problem)
    a_day = _mapping(data, "budget", ("reviews_a_day",)).get("reviews_a_day")
    wanted = _number(a_day, "budget.reviews_a_day", 1, MOST_REVIEWS)
    if not wanted.is_integer():
        raise PolicyError("budget.reviews_a_day", "must be a whole number")
    return Budget(int(wanted))


def _refuse_repeated(rules: tuple[Rule, ...]) -> None:
    names = [rule.name for rule in rules]
    for at, name in enumerate(names):
        if names.index(name) != at:
            problem = f"“{name}” is already the name of rules[{names.index(name)}]"
            raise PolicyError(f"rules[{at}].name", problem)


def _mapping(data: object, path: str, known: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise PolicyError(path, f"must be a map with the keys {', '.join(known)}")
    for key in data:
        if key not in known:
            where = f"{path}.{key}" if path else str(key)
            raise PolicyError(where, f"is not known; use: {', '.join(known)}")
    return data


def _refuse_many_keys(rules: Iterable[Rule]) -> None:
    """A replay holds a column of each for every prediction."""
    keys = {key for rule in rules for key, _ in rule.when.metadata}
    if len(keys) > MOST_KEYS:
        problem = f"may ask for at most {MOST_KEYS} keys of metadata, not {len(keys)}"
        raise PolicyError("rules", problem)


def _number(value: object, path: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PolicyError(path, "must be a number")
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise PolicyError(path, f"must be a number up to {_LARGEST:g}")
    if not low <= value <= high or value == float("inf"):
        limits = (
            f"from {low:g} to {high:g}" if high < float("inf") else f"at least {low:g}"
        )
        raise PolicyError(path, f"must be {limits}, not {value:g}")
    return float(value)


def _text(value: object, path: str) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise PolicyError(path, "must be text, printable and not empty")
    if len(value) > _LONGEST_NAME:
        raise PolicyError(path, f"must have at most {_LONGEST_NAME} characters")
    return value
