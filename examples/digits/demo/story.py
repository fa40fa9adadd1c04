"""The loop from a first model to a better one that people approved, step by step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from examples.digits.dataset import Digit, Share
from examples.digits.demo.bridge import Bridge
from examples.digits.demo.client import Client, Person, Refused
from examples.digits.demo.desk import Desk
from examples.digits.demo.endpoint import Endpoint, Sent
from examples.digits.demo.people import Simulated, all_idle
from examples.digits.demo.progress import Failed, Progress

REVIEWERS = 3
ADJUDICATOR = "Simulated adjudicator"
NAMES = [*(f"Simulated reviewer {n + 1}" for n in range(REVIEWERS)), ADJUDICATOR]
MODEL = "The deployed model of digits"
# Left in the queue for whoever tries the pages.
LEFT_TO_LABEL = 40


@dataclass
class Told:
    """What was seen on the way, for the report."""

    first: list[Sent] = field(default_factory=list)
    second: list[Sent] = field(default_factory=list)
    champion_before: str = ""
    champion_after: str = ""
    quality_before: dict[str, Any] = field(default_factory=dict)
    quality_after: dict[str, Any] = field(default_factory=dict)
    mlflow_run_ids: list[str] = field(default_factory=list)
    reviewed: int = 0
    gold: int = 0
    answers: int = 0
    slips: int = 0
    adjudicated: int = 0
    checks: int = 0

    @property
    def sent(self) -> list[Sent]:
        return self.first + self.second


class Story:
    def __init__(self, url: str, desk: Desk, seed: int) -> None:
        self.url, self.desk, self.seed = url, desk, seed
        self.told = Told()
        self.people: list[Simulated] = []

    def begin(self, progress: Progress, digits: Future[Share]) -> None:
        self.progress, self.digits = progress, digits
        self.secrets = {name: self.desk.token(role_of(name), name) for name in NAMES}
        self.secrets[MODEL] = self.desk.token("endpoint", MODEL)
        lead = Person(self.url)
        lead.sign_in("lead", self.desk.passwords["lead"])
        self.lead = Bridge(lead, self.desk.slug, progress)

    def first_champion(self) -> None:
        """Trained on 40 images; the lead approves it; it is served."""
        step = self.progress.step
        step("first training", "Training a small first model on 40 images")
        training = self.lead.first_model()
        proposal = self.lead.proposal(training)
        self.lead.approve(proposal["id"], "The first model, to begin with.")
        step("first deployment", "Lena Lead approved it; it is registered and deployed")
        done = self.lead.in_use(proposal["id"])
        self.told.champion_before = done["to_version"]
        self._remember_run(training)

    def plant_checks(self) -> None:
        """Tasks whose answer is known, given unseen to every reviewer."""
        rows = [
            {
                "endpoint": "digits",
                "input": digit.payload,
                "answer": {"label": digit.label},
                "check": True,
            }
            for digit in self.digits.result().checks
        ]
        path = f"projects/{self.desk.slug}/gold"
        planted = self.lead.client.post(path, {"gold": rows})
        self.told.checks = len(rows) - planted["refused"]

    def start_people(self) -> None:
        """Three reviewers and an adjudicator; they know the truth and slip in 4 %."""
        share = self.digits.result()
        truth = {
            digit.image: digit.label
            for digit in [*share.first, *share.second, *share.checks]
        }
        for name in NAMES:
            client = Client(self.url, self.secrets[name])
            expert = name == ADJUDICATOR
            queue = self._queue(client, "adjudication" if expert else "review")
            person = Simulated(name, client, queue, truth, self.seed, errs=not expert)
            self.people.append(person)
            person.start()

    def _queue(self, client: Client, purpose: str) -> int:
        found = client.get(f"projects/{self.desk.slug}/queues")["queues"]
        return next(int(each["id"]) for each in found if each["purpose"] == purpose)

    def open_endpoint(self) -> None:
        self.endpoint = Endpoint(
            Client(self.url, self.secrets[MODEL]),
            self.desk.slug,
            self.desk.slug,
            self.lead.address(),
        )

    def send(self, digits: Sequence[Digit], into: list[Sent]) -> None:
        for batch in self.endpoint.stream(digits):
            into.extend(batch)
            self.check_people()

    def first_stream(self) -> None:
        digits = self.digits.result().first
        self.progress.step("first stream", f"Sending {len(digits):,} images through it")
        self.send(digits, self.told.first)
        routed = sum(each.decision != "accepted" for each in self.told.first)
        self.progress.say(f"{routed:,} of them are for people to look at; they do")

    def trigger(self) -> int:
        """Wait until enough gold has opened the gate; the training it started."""
        self.progress.step(
            "trigger", "Reviewing, until there is gold enough to retrain"
        )

        def look() -> int | None:
            self.check_people()
            newest = self.lead.newest_training()
            return int(newest["id"]) if newest["gate"] else None

        return self.progress.wait("The gate", look)

    def challenger(self, training: int) -> None:
        step = self.progress.step
        step("retraining", "The gate is open: gold is frozen, a challenger is trained")
        proposal = self.lead.proposal(training)
        difference = proposal["evidence"]["comparison"]["difference"]
        step("promotion", f"Proposed: better by {in_points(difference)}")
        self.lead.approve(proposal["id"], "Better on the same images, proven.")
        self.progress.say("Lena Lead approved it; it is tried, deployed, verified")
        with ThreadPoolExecutor(1) as pool:
            # meanwhile the endpoint asks what became of what it sent
            reading = pool.submit(self._settled, self.told.first)
            some = self.digits.result().first[:1]
            done = self.lead.in_use(proposal["id"], lambda: self.endpoint.call(some))
            self.told.gold += reading.result()
        self.told.champion_after = done["to_version"]
        self._remember_run(training)

    def second_stream(self) -> None:
        digits = self.digits.result().second
        self.progress.step(
            "second stream", f"Sending {len(digits):,} new images through the new model"
        )
        self.send(digits, self.told.second)
        versions = {each.version for each in self.told.second}
        if versions != {self.told.champion_after}:
            raise Failed("second stream", f"Answered by {versions}.")

    def finish_reviews(self, *, leave: int = 0) -> None:
        """Until nothing is left to do, or but for so many tasks."""
        routed = sum(each.decision != "accepted" for each in self.told.second)
        self.progress.step("second review", f"Reviewing the {routed:,} drawn from them")
        for person in self.people:
            person.leave = leave
        began = time.monotonic()
        self.progress.wait("The end of the reviews", lambda: self._all_idle(began))
        for person in self.people:
            person.stop.set()
        for person in self.people:
            person.join()

    def _all_idle(self, since: float) -> bool:
        self.check_people()
        return all_idle(self.people, since=since)

    def check_people(self) -> None:
        for person in self.people:
            if person.failure:
                raise Failed(self.progress.now, f"{person.name}: {person.failure!r}")

    def read_answers(self) -> None:
        """As an endpoint does: ask what became of each prediction that was drawn."""
        self.progress.step("answers", "Reading the settled answers back")
        self.told.gold += self._settled(self.told.second)

    def _settled(self, sent: Sequence[Sent]) -> int:
        client = Client(self.url, self.secrets[MODEL])
        path = f"projects/{self.desk.slug}/predictions/digits"
        drawn = [each.digit.name for each in sent if each.task is not None]
        answers = [client.get(f"{path}/{name}") for name in drawn]
        return sum(answer["state"] == "settled" for answer in answers)

    def measure(self) -> None:
        """What the service estimates of both versions from what was reviewed."""
        self.progress.step("quality", "Asking for the live quality of both versions")
        told = self.told
        told.quality_before = self.lead.quality(told.champion_before)
        told.quality_after = self.lead.quality(told.champion_after)
        for name in ("quality_before", "quality_after"):
            estimate = getattr(told, name)["estimate"]
            if "value" not in estimate:
                raise Failed("quality", f"{name}: {estimate}")
        *reviewers, adjudicator = self.people
        told.answers = sum(len(each.acknowledged) for each in reviewers)
        answered = set().union(*(each.answered for each in reviewers))
        told.reviewed = sum(each.task in answered for each in told.sent)
        told.slips = sum(each.counts["slips"] for each in reviewers)
        told.adjudicated = len(adjudicator.acknowledged)

    def leave_a_promotion_open(self) -> None:
        """The owner asks for one more training and proposes what it made."""
        self.progress.step("one more", "Training once more, for you to decide about")
        owner = Person(self.url)
        owner.sign_in("owner", self.desk.passwords["owner"])
        bridge = Bridge(owner, self.desk.slug, self.progress)
        training = bridge.train()
        made = self.progress.wait("The training", lambda: bridge.ended(training))
        if any(each["state"] == "proposed" for each in bridge.promotions()):
            return
        reason = "It learned from everything settled since. Is that enough for you?"
        try:
            bridge.propose(made["version"], reason)
        except Refused as refused:
            self.progress.say(f"Not proposed: {refused}")

    def _remember_run(self, training: int) -> None:
        run_id = self.lead.training(training)["mlflow_run_id"]
        self.told.mlflow_run_ids.append(run_id)


def role_of(name: str) -> str:
    return "adjudicator" if name == ADJUDICATOR else "reviewer"


def in_points(difference: dict[str, Any]) -> str:
    """A difference of shares in points, with its interval."""
    value, low, high = (100 * difference[name] for name in ("value", "low", "high"))
    return f"{value:.1f} points (95 %: {low:.1f} to {high:.1f}, n = {difference['n']})"
