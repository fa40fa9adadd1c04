"""What a promise's process reads: blind answers in the order of intake, and confidences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewer import routing, settling
from reviewer.models import Prediction
from reviewer.stats.intake_order import Standing

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from reviewer.models import PromiseProcess

    Floats = NDArray[np.float64]

AT_ONCE: Final = 5_000
# A grid needs to know how confidences lie, not every one of them.
MOST_SAMPLED: Final = 20_000
# Probabilities that differ by less are the same.
EQUAL: Final = 1e-9
# What a stop drew with a probability that the process was not begun for is left out:
# whether it is was fixed before anybody answered.
WHICH: Final = """
  p.model_name = %(name)s and p.model_version = %(version)s
  and (%(label)s = '' or p.label = %(label)s)
  and p.confidence between 0 and 1
  and (p.reason not like %(stopped)s or p.pi * p.b between %(lowest)s and %(highest)s)
"""


@dataclass(frozen=True, slots=True)
class Items:
    """Drawn blind items in the order of intake; wrong is NaN where nothing is settled."""

    ids: list[int]
    confidence: Floats
    inclusion: Floats
    wrong: Floats
    standing: NDArray[np.intp]

    def before(self, at: int) -> Items:
        return Items(
            self.ids[:at],
            self.confidence[:at],
            self.inclusion[:at],
            self.wrong[:at],
            self.standing[:at],
        )


def after(process: PromiseProcess, at: datetime) -> Items:
    """The next items of a process, settled or not; at most AT_ONCE."""
    found = settling.blind(
        WHICH,
        process.project_id,
        process.upto,
        at,
        most=AT_ONCE,
        name=process.model_name,
        version=process.model_version,
        label=process.label,
        stopped=f"{routing.STOPPED}%",
        lowest=process.state["lowest"] - EQUAL,
        highest=process.state["highest"] + EQUAL,
    )
    table = [(x.confidence, x.inclusion, *_known(x.said, x.known)) for x in found]
    columns = np.array(table, dtype=np.float64).reshape(-1, 4).T
    confidence, inclusion, wrong, standing = columns
    keys = [each.key for each in found]
    return Items(keys, confidence, inclusion, wrong, standing.astype(np.intp))


def _known(said: str, found: settling.Found) -> tuple[float, Standing]:
    wrong = np.nan if found.value is None else float(found.value != said)
    return wrong, found.standing


def sample(project: int, name: str, version: str) -> list[tuple[str, float]]:
    """Label and confidence of the version's newest predictions, looked at or not."""
    made = Prediction.objects.filter(
        project=project,
        model_name=name,
        model_version=version,
        repeats=False,
        confidence__gte=0,
        confidence__lte=1,
    )
    found = made.order_by("-pk").values_list("label", "confidence")[:MOST_SAMPLED]
    return [
        (label, confidence) for label, confidence in found if confidence is not None
    ]
