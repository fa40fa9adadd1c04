"""How long it takes to see what another policy would come to, at a million predictions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.bench import Bench, Topic
from benchmarks.figures import Figure, found

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.replaying.replays import Replayed

RULES: dict[str, Any] = {
    "audit": 0.02,
    "rules": [
        {"name": "Unsure", "when": {"confidence_below": 0.8}},
        {"name": "Close", "when": {"margin_below": 0.2}, "sample": 0.5},
        {"name": "Torn", "when": {"entropy_above": 1.0}, "sample": 0.3},
        {"name": "Law", "when": {"label": ["law"], "confidence_below": 0.95}},
    ],
}
LONGEST_SECONDS = 600.0


def predictions(bench: Bench) -> Iterator[Figure]:
    """Columns are built by the worker as on the first visit; then a policy is replayed."""
    sizes = bench.sizes
    bench.wait_for(min(sizes.few, sizes.many), labels=min(sizes.labels, 100_000))
    bench.have_predictions(sizes.many)
    building = built()
    cold, first = replayed()
    warm, again = min((replayed() for _ in range(3)), key=lambda each: each[0])
    yield found(
        "replay_1m_s",
        cold,
        note=f"{first.n:,} predictions, {first.answers:,} answers, in a process that has "
        f"nothing of them yet; {warm:.2f} s once it has ({again.n:,}); the first build "
        f"took {building:.0f} s",
    )


def built() -> float:
    """Seconds until the columns are there; the worker of the service makes them."""
    from django.utils import timezone

    from projects.models import Project
    from reviewer.models import Replay
    from reviewer.replaying import window

    project = Project.objects.get(slug="bench")
    Replay.objects.filter(project=project).delete()
    began = time.perf_counter()
    while time.perf_counter() - began < LONGEST_SECONDS:
        try:
            window.of_project(project, _keys(project), timezone.now())
        except window.StillReading:
            time.sleep(0.5)
            continue
        window.forget()
        return time.perf_counter() - began
    raise RuntimeError("the columns are not there after ten minutes")


def _keys(project: Project) -> set[str]:
    """Of the metadata, what the policy in use looks at."""
    from reviewer import policies_in_use
    from reviewer.replaying import deciding

    active = policies_in_use.active(project)
    return deciding.keys_of(policies_in_use.read(active)) if active else set()


def replayed() -> tuple[float, Replayed]:
    """As the editor asks for it: columns, today's policy and the new one, the curve."""
    from django.utils import timezone

    from projects.models import Project
    from reviewer import policies, policies_in_use
    from reviewer.replaying import knowing, replays, window

    at, project = timezone.now(), Project.objects.get(slug="bench")
    active, new = policies_in_use.active(project), policies.read_policy(RULES)
    if active is None:
        raise RuntimeError("the project has no policy")
    began = time.perf_counter()
    given = window.of_project(project, _keys(project), at)
    both = [
        replays.Rules(rules, knowing.would_be(project, rules, active, at))
        for rules in (new, policies_in_use.read(active))
    ]
    made = replays.replay(given, both[0], both[1], at)
    return time.perf_counter() - began, made


TOPICS = (Topic(("replay_1m_s",), predictions),)
