"""What the pages of the loop show: read here, shown by templates, counted by neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from registry_bridge import outside, snapshots
from registry_bridge.gateways.ports import Rejected
from registry_bridge.models import (
    Deployment,
    Promotion,
    RegisteredModel,
    Snapshot,
    Training,
)
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from projects.access import Member
    from projects.models import Project

Number: TypeAlias = Estimate | NotEnough
MOST_SHOWN = 50
MOST_CONFUSIONS = 10


@dataclass(frozen=True)
class Forest:
    """One row of the forest plot: a label (or all of them), and the paired difference."""

    label: str
    name: str
    n: int
    champion: Number
    challenger: Number
    difference: Number


@dataclass(frozen=True)
class Confusion:
    """Truth in rows, what was said in columns; counts are of the reviewed answers."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    weighted: tuple[tuple[float, ...], ...]

    @property
    def rows(self) -> list[tuple[str, tuple[int, ...]]]:
        return list(zip(self.labels, self.counts, strict=True))


@dataclass(frozen=True)
class ConfusionChange:
    """How often one thing was taken for another, by each model."""

    truth: str
    said: str
    champion: int
    challenger: int

    @property
    def change(self) -> int:
        return self.challenger - self.champion


@dataclass(frozen=True)
class Excluded:
    why: str
    rows: int


@dataclass(frozen=True)
class Evidence:
    """A comparison as people read it; `enough` False: no number can be given yet."""

    enough: bool
    called: str
    champion_version: str
    challenger_version: str
    champion: Number
    challenger: Number
    difference: Number
    p_value: float | None
    test: str
    wins: int
    losses: int
    ties: int
    labels: tuple[Forest, ...]
    champion_confusion: Confusion | None
    challenger_confusion: Confusion | None
    changes: tuple[ConfusionChange, ...]
    excluded: tuple[Excluded, ...]


@dataclass(frozen=True)
class Step:
    step: str
    words: str
    at: datetime


@dataclass(frozen=True)
class Link:
    """One thing of the lineage: what it is, its name, where to see it ("" nowhere)."""

    what: str
    name: str
    url: str


@dataclass(frozen=True)
class PromotionPage:
    promotion: Promotion
    evidence: Evidence | None
    lineage: tuple[Link, ...]
    steps: tuple[Step, ...]
    history: tuple[Promotion, ...]
    # "" may be done; else why not, in words.
    why_not_approve: str
    why_not_refuse: str
    why_not_roll_back: str


def read(kept: Mapping[str, Any]) -> Evidence | None:
    """Evidence as it was frozen; None where no comparison was made."""
    if not kept.get("comparison"):
        return None
    found = kept["comparison"]
    confusion = kept.get("confusion") or {}
    champion = _confusion(confusion, "champion")
    challenger = _confusion(confusion, "challenger")
    return Evidence(
        enough=bool(kept.get("enough")),
        called=kept.get("called", "Accuracy"),
        champion_version=kept["champion"]["version"],
        challenger_version=kept["challenger"]["version"],
        champion=_number(found, "champion"),
        challenger=_number(found, "challenger"),
        difference=_number(found, "difference"),
        p_value=found.get("p_value"),
        test=found.get("method", ""),
        wins=found.get("wins", 0),
        losses=found.get("losses", 0),
        ties=found.get("ties", 0),
        labels=tuple(_forest(each) for each in kept.get("labels", ())),
        champion_confusion=champion,
        challenger_confusion=challenger,
        changes=_changes(champion, challenger),
        excluded=tuple(Excluded(**each) for each in kept.get("excluded", ())),
    )


def _number(found: Mapping[str, Any], part: str) -> Number:
    if part in found:
        return Estimate(**found[part])
    return NotEnough(found.get("missing", ""), found.get("n", 0))


def _forest(kept: Mapping[str, Any]) -> Forest:
    found = kept["comparison"]
    return Forest(
        label=kept["label"],
        name=kept["name"],
        n=kept["n"],
        champion=_number(found, "champion"),
        challenger=_number(found, "challenger"),
        difference=_number(found, "difference"),
    )


def _confusion(kept: Mapping[str, Any], model: str) -> Confusion | None:
    if model not in kept:
        return None
    names = [each["name"] for each in kept["labels"]]
    counts, weighted = kept[model]["counts"], kept[model]["weighted"]
    used = any(counts[-1]) or any(row[-1] for row in counts)
    if used:
        names.append(kept["other"])
    size = len(names)
    return Confusion(
        labels=tuple(names),
        counts=tuple(tuple(row[:size]) for row in counts[:size]),
        weighted=tuple(tuple(row[:size]) for row in weighted[:size]),
    )


def _changes(
    champion: Confusion | None, challenger: Confusion | None
) -> tuple[ConfusionChange, ...]:
    """The mistakes whose count changed most, in either direction."""
    if champion is None or challenger is None:
        return ()
    old, new = _mistakes(champion), _mistakes(challenger)
    found = [
        ConfusionChange(*pair, old.get(pair, 0), new.get(pair, 0))
        for pair in {*old, *new}
    ]
    changed = [each for each in found if each.change]
    changed.sort(key=lambda each: (-abs(each.change), each.truth, each.said))
    return tuple(changed[:MOST_CONFUSIONS])


def _mistakes(table: Confusion) -> dict[tuple[str, str], int]:
    return {
        (truth, said): count
        for truth, row in table.rows
        for said, count in zip(table.labels, row, strict=True)
        if truth != said and count
    }


def promotions(project: Project, limit: int = MOST_SHOWN) -> list[Promotion]:
    """The newest first, with everybody who had a part in them."""
    found = Promotion.objects.filter(project=project).select_related(
        "proposed_by", "decided_by", "gate", "training", "undoes"
    )
    return list(found.order_by("-pk")[:limit])


def promotion_page(promotion: Promotion, who: Member) -> PromotionPage:
    """One promotion with all that its decision rests on."""
    model = snapshots.model_of(promotion.project)
    steps = tuple(
        Step(each["step"], each["words"], datetime.fromisoformat(each["at"]))
        for each in promotion.steps
    )
    others = [p for p in promotions(promotion.project, 10) if p.pk != promotion.pk]
    waits = promotion.state == Promotion.State.PROPOSED
    decided = "" if waits else "It was decided."
    return PromotionPage(
        promotion=promotion,
        evidence=read(promotion.evidence),
        lineage=_lineage(model, promotion),
        steps=steps,
        history=tuple(others),
        why_not_approve=decided or _not_approve(promotion, model, who),
        why_not_refuse=decided,
        why_not_roll_back=_not_roll_back(promotion, model),
    )


def _not_approve(promotion: Promotion, model: RegisteredModel, who: Member) -> str:
    own = promotion.proposed_by_id == who.user.pk
    if own and promotion.kind == Promotion.Kind.PROMOTE:
        return "You proposed it: another lead approves or refuses."
    if model.champion != promotion.from_version:
        return f"Version {model.champion or 'none'} is in use by now."
    return ""


def _not_roll_back(promotion: Promotion, model: RegisteredModel) -> str:
    in_use = (
        promotion.state == Promotion.State.DONE
        and promotion.to_version == model.champion
        and promotion.kind != Promotion.Kind.ROLLBACK
    )
    if not in_use:
        return "Only the promotion in use can be rolled back."
    return "" if promotion.from_version else "There was no version before it."


def _lineage(model: RegisteredModel, promotion: Promotion) -> tuple[Link, ...]:
    training = promotion.training
    found = [
        Link(
            "Model version",
            f"{model.name} {promotion.to_version}",
            version_url(model, promotion.to_version),
        )
    ]
    if training is None:
        return tuple(found)
    page = f"/p/{model.project.slug}/trainings/{training.pk}/"
    found.append(Link("Training", training.job_name, page))
    if training.mlflow_run_id:
        run = training.mlflow_run_id
        found.append(Link("MLflow run", run, run_url(model, run)))
    if training.snapshot is not None:
        found += _snapshot_links(model, training.snapshot)
    return tuple(found)


def _snapshot_links(model: RegisteredModel, frozen: Snapshot) -> Sequence[Link]:
    run = frozen.mlflow_run_id
    url = run_url(model, run) if run else ""
    return (
        Link("Snapshot", f"{frozen.name}, {frozen.rows:,} rows", url),
        Link("SHA-256 of its rows", frozen.digest, ""),
    )


def run_url(model: RegisteredModel, run_id: str) -> str:
    """Where people see a run; nobody is asked, so it works while MLflow is away."""
    try:
        return outside.tracking(model).url(run_id)
    except Rejected:
        return ""


def version_url(model: RegisteredModel, version: str) -> str:
    try:
        return outside.registry(model).url(model.name, version)
    except Rejected:
        return ""


@dataclass(frozen=True)
class TrainingPage:
    training: Training
    evidence: Evidence | None
    run_url: str
    version_url: str
    promotions: tuple[Promotion, ...]
    # "" may be tried again; else why not.
    why_not_again: str


def trainings(project: Project, limit: int = MOST_SHOWN) -> list[Training]:
    """The newest first."""
    found = Training.objects.filter(project=project).select_related(
        "snapshot", "started_by", "gate"
    )
    return list(found.order_by("-pk")[:limit])


def training_page(training: Training) -> TrainingPage:
    model = snapshots.model_of(training.project)
    run, version = training.mlflow_run_id, training.version
    failed = training.state == Training.State.FAILED
    return TrainingPage(
        training=training,
        evidence=read(training.evidence),
        run_url=run_url(model, run) if run else "",
        version_url=version_url(model, version) if version else "",
        promotions=tuple(training.promotions.order_by("-pk")),
        why_not_again="" if failed else "Only a failed training is tried again.",
    )


def serving(project: Project) -> list[Deployment]:
    """What really serves now, one row for each endpoint."""
    now = Deployment.objects.filter(project=project, state=Deployment.State.IN_SERVICE)
    return list(now.select_related("promotion").order_by("endpoint"))
