"""Watches one person's answers for a change for the worse: a single number of state.

Page's cumulative sum (1954) of the log-likelihood ratio of "wrong in 15 %" to "wrong in
5 %" of the answers, never below 0, with an alarm at 5. Whoever is wrong in 5 % is
alarmed about by mistake once in more than 3,000 answers; whoever comes to be wrong in
15 % is noticed after about 65, in 30 % after about 20.
"""

from __future__ import annotations

import math
from typing import Final

USUAL: Final = 0.05
WORSE: Final = 0.15
ALARM: Final = 5.0


def step(
    state: float, wrong: bool, *, usual: float = USUAL, worse: float = WORSE
) -> float:
    """The state after one more answer; begin with 0, and again after an alarm.

    `wrong`: against gold, or the others' consensus without the own vote.
    ValueError unless 0 < usual < worse < 1 and the state is a number from 0 on.
    """
    if not 0 < usual < worse < 1:
        raise ValueError("0 < usual < worse < 1")
    if not 0 <= state < math.inf:
        raise ValueError(f"a state is a number from 0 on, not {state}")
    ratio = worse / usual if wrong else (1 - worse) / (1 - usual)
    return max(0.0, state + math.log(ratio))


def alarming(state: float, *, alarm: float = ALARM) -> bool:
    """Whether so much evidence of a change has come together."""
    return state >= alarm
