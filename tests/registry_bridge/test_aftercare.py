"""After a promotion: quality is watched, and a version that got worse is rolled back."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from projects.models import AuditEntry, Role
from projects.refused import DoesNotFit
from registry_bridge import (
    aftercare,
    promotion,
    promotion_rules,
    retraining,
    rolling_back,
    setup,
    shadowing,
    sounding,
)
from registry_bridge.models import Aftercare, Promotion, RegisteredModel, Shadow
from reviewer.models import Prediction, Score
from tests import makers
from tests.registry_bridge.killing import Killed
from tests.registry_bridge.makers import (
    Loop,
    dead_letters,
    make_reviewed,
    make_waiting,
    review,
    work,
)
from tests.registry_bridge.shadows import all_is_counted

State = Promotion.State


@pytest.fixture
def promoted(loop: Loop) -> Promotion:
    """Version 2 is in use; version 1 was right in half of 200 blind answers."""
    makers.make_policy(loop.project, audit=1, blind={"review": 1})
    review(loop, cats=100, dogs=100)
    retraining.start(loop.project, by=loop.lead)
    work()
    found = promotion.propose(loop.project, "2", by=loop.lead, reason="Dogs.")
    promotion.approve(found, by=loop.other_lead, reason="Agreed.")
    work()
    found.refresh_from_db()
    loop.model.refresh_from_db()
    assert found.state == State.DONE
    return found


def watch_of(found: Promotion) -> Aftercare:
    watches = Aftercare.objects.select_related("shadow", "promotion")
    return watches.filter(promotion=found).latest("pk")


def answer(
    loop: Loop, n: int, *, right: bool, before: bool | None = None, pi: float = 1.0
) -> None:
    """Blind answers to the new version; `before`: whether the old one had been right."""
    for _ in range(n):
        gold = make_reviewed(
            loop.project, "cat", "cat" if right else "dog", pi=pi, version="2"
        )
        if before is not None:
            score(gold.task.prediction, "cat" if before else "dog")


def score(made: Prediction, label: str) -> None:
    Score.objects.create(
        prediction=made,
        model_name=made.model_name,
        model_version="1",
        output={"label": label},
        label=label,
    )


def look(loop: Loop, **when: object) -> None:
    all_is_counted()
    aftercare.look(loop.project, **when)  # type: ignore[arg-type]


def test_the_line_is_frozen_at_approval_below_what_the_old_version_reached(
    loop: Loop, promoted: Promotion
) -> None:
    line = promoted.line

    assert line["version"] == "1"
    assert line["estimate"]["n"] == 200
    assert line["estimate"]["low"] < line["estimate"]["value"] == pytest.approx(0.5)
    assert line["line"] == pytest.approx(
        min(line["estimate"]["low"], line["estimate"]["value"] - 0.02)
    )
    assert watch_of(promoted).fall["line"] == line["line"]  # type: ignore[index]


def test_the_old_version_goes_on_answering_what_is_drawn_blind(
    loop: Loop, promoted: Promotion
) -> None:
    shadow = watch_of(promoted).shadow

    assert shadow is not None
    assert (shadow.version, shadow.only_drawn, shadow.state) == ("1", True, "running")


def test_a_good_version_stays_and_its_answers_are_counted_once(
    loop: Loop, promoted: Promotion
) -> None:
    answer(loop, 60, right=True, before=False)
    look(loop)
    look(loop)

    watch = watch_of(promoted)
    page = makers.sign_in(loop.lead).get(
        f"/p/{loop.project.slug}/promotions/{promoted.pk}/"
    )
    assert "Way to the alarm" in page.content.decode()
    assert "once in 2,000 blind answers" in page.content.decode()
    assert (watch.answers, watch.wrong, watch.paired, watch.better) == (60, 0, 60, 60)
    assert watch.state == "running"
    assert not Promotion.objects.filter(kind="rollback").exists()


def test_one_that_fell_below_the_line_is_proposed_to_be_rolled_back(
    loop: Loop, promoted: Promotion
) -> None:
    answer(loop, 60, right=False)
    look(loop)

    watch = watch_of(promoted)
    back = Promotion.objects.get(kind="rollback")
    assert (watch.state, watch.alarm["test"]) == ("sounded", "line")
    assert watch.answers == watch.wrong < 60
    assert (back.state, back.from_version, back.to_version) == ("proposed", "2", "1")
    assert (back.aftercare, back.undoes, back.proposed_by) == (watch, promoted, None)
    assert "right too seldom" in back.proposal_reason
    assert "once in 2,000" in back.proposal_reason
    assert back.evidence == watch.alarm
    assert watch.shadow is not None
    assert watch.shadow.state == "ended"


def test_a_lead_approves_what_the_watch_proposed(
    loop: Loop, promoted: Promotion
) -> None:
    answer(loop, 60, right=False)
    look(loop)
    back = Promotion.objects.get(kind="rollback")
    page = makers.sign_in(loop.lead).get("/").content.decode()

    promotion.approve(back, by=loop.lead, reason="It does not know cats.")
    work()

    loop.model.refresh_from_db()
    promoted.refresh_from_db()
    assert "the watch after version 2" in page
    assert loop.model.champion == loop.world.alias(loop.model) == "1"
    assert loop.world.serving() == ["1"]
    assert promoted.state == State.UNDONE


def test_pairs_sound_where_the_old_version_was_right_and_the_new_one_is_not(
    loop: Loop, promoted: Promotion
) -> None:
    Aftercare.objects.update(fall=None)
    answer(loop, 40, right=True, before=True)
    answer(loop, 40, right=False, before=True)
    look(loop)

    watch = watch_of(promoted)
    assert (watch.state, watch.alarm["test"]) == ("sounded", "pairs")
    assert watch.paired < 80
    assert "on the same inputs" in watch.alarm["words"]


def test_another_model_with_the_same_number_is_not_the_old_version(
    loop: Loop, promoted: Promotion
) -> None:
    Aftercare.objects.update(fall=None)
    answer(loop, 60, right=False)
    for made in Prediction.objects.filter(model_version="2"):
        Score.objects.create(
            prediction=made,
            model_name="somebody else's",
            model_version="1",
            output={"label": "cat"},
            label="cat",
        )

    look(loop)

    assert watch_of(promoted).paired == 0
    assert not Promotion.objects.filter(kind="rollback").exists()


def by_itself(loop: Loop) -> None:
    owner = makers.make_member(loop.project, Role.OWNER)
    wanted = {"roll_back": "by_itself"}
    promotion_rules.change(loop.project, wanted, by=owner, reason="At night too.")


def test_by_rule_it_is_rolled_back_by_itself_and_says_whose_rule_that_is(
    loop: Loop, promoted: Promotion
) -> None:
    by_itself(loop)
    loop.model.refresh_from_db()
    answer(loop, 60, right=False)

    look(loop)
    work()

    loop.model.refresh_from_db()
    back = Promotion.objects.get(kind="rollback")
    assert loop.model.champion == "1"
    assert (back.state, back.decided_by) == (State.DONE, None)
    assert back.ruled_by == loop.model.roll_back_set_by is not None
    assert "right too seldom" in back.reason
    entry = AuditEntry.objects.get(action="promotion roll back")
    assert entry.after is not None
    assert entry.after["by rule of"] == str(back.ruled_by)
    page = makers.sign_in(loop.lead).get(f"/p/{loop.project.slug}/promotions/")
    assert f"the rule that {back.ruled_by} set" in page.content.decode()


def test_a_rule_closes_what_waits_and_a_proposal_waits_for_its_end(
    loop: Loop, promoted: Promotion
) -> None:
    review(loop, 10, 10)
    retraining.start(loop.project, by=loop.lead)
    work()
    waiting = promotion.propose(loop.project, "3", by=loop.lead, reason="Newer.")
    answer(loop, 60, right=False)

    look(loop)
    meanwhile = Promotion.objects.filter(kind="rollback").exists()
    by_itself(loop)
    look(loop)

    waiting.refresh_from_db()
    assert not meanwhile
    assert (waiting.state, waiting.decided_by) == (State.REFUSED, None)
    assert waiting.ruled_by is not None
    assert Promotion.objects.get(kind="rollback").state == State.APPROVED


def test_a_proposal_that_leads_refused_is_not_made_again(
    loop: Loop, promoted: Promotion
) -> None:
    answer(loop, 60, right=False)
    look(loop)
    back = Promotion.objects.get(kind="rollback")
    promotion.refuse(back, by=loop.lead, reason="The reviewers were wrong.")

    look(loop)

    assert Promotion.objects.filter(kind="rollback").count() == 1


@pytest.fixture
def refused(loop: Loop, promoted: Promotion) -> Aftercare:
    """An alarm after some wrong answers, whose roll back a lead refused."""
    answer(loop, 60, right=False)
    look(loop)
    back = Promotion.objects.get(kind="rollback")
    promotion.refuse(back, by=loop.lead, reason="The reviewers were wrong.")
    return watch_of(promoted)


def test_after_a_refusal_it_is_watched_anew_with_later_predictions_alone(
    loop: Loop, promoted: Promotion, refused: Aftercare
) -> None:
    look(loop)
    look(loop)

    anew = watch_of(promoted)
    assert refused.state == "sounded"
    assert Aftercare.objects.filter(promotion=promoted).count() == 2
    assert (anew.state, anew.ends_at) == ("running", refused.ends_at)
    # the rest of the sixty was there when the lead decided
    assert (anew.answers, anew.paired) == (0, 0)
    assert anew.upto > refused.upto
    assert anew.shadow is not None
    assert (anew.shadow.version, anew.shadow.state) == ("1", "running")


def test_fresh_evidence_proposes_again_what_was_refused_once(
    loop: Loop, promoted: Promotion, refused: Aftercare
) -> None:
    newest = Prediction.objects.latest("pk").pk
    Aftercare.objects.filter(pk=refused.pk).update(upto=newest, paired_upto=newest)
    look(loop)
    same = Promotion.objects.filter(kind="rollback").count()

    answer(loop, 60, right=False)
    look(loop)

    again = Promotion.objects.filter(kind="rollback").latest("pk")
    assert same == 1
    assert Promotion.objects.filter(kind="rollback").count() == 2
    assert (again.state, again.aftercare) == (State.PROPOSED, watch_of(promoted))
    assert again.aftercare != refused
    page = makers.sign_in(loop.lead).get(
        f"/p/{loop.project.slug}/promotions/{promoted.pk}/"
    )
    assert "An earlier alarm" in page.content.decode()


def test_what_a_lead_refused_is_not_done_by_a_rule_that_comes_later(
    loop: Loop, promoted: Promotion, refused: Aftercare
) -> None:
    newest = Prediction.objects.latest("pk").pk
    Aftercare.objects.filter(pk=refused.pk).update(upto=newest, paired_upto=newest)
    by_itself(loop)

    look(loop)
    same = Promotion.objects.filter(kind="rollback").count()
    answer(loop, 60, right=False)
    look(loop)

    back = Promotion.objects.filter(kind="rollback").latest("pk")
    assert same == 1
    assert (back.state, back.decided_by) == (State.APPROVED, None)


def test_a_refused_version_is_not_watched_beyond_its_days_or_its_use(
    loop: Loop, promoted: Promotion, refused: Aftercare
) -> None:
    look(loop, at=refused.ends_at)
    RegisteredModel.objects.update(champion="1")
    look(loop)

    assert Aftercare.objects.filter(promotion=promoted).count() == 1


def test_a_worker_killed_while_it_begins_anew_leaves_one_watch(
    loop: Loop,
    promoted: Promotion,
    refused: Aftercare,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(*_args: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as dying, suppress(Killed):
        dying.setattr(sounding, "against_version", die)
        look(loop)
    shadows = Shadow.objects.running().count()
    look(loop)

    assert shadows == 0
    assert Aftercare.objects.filter(promotion=promoted).count() == 2
    assert Shadow.objects.running().count() == 1


def test_a_lead_lets_the_old_version_answer_again_where_it_failed(
    loop: Loop, promoted: Promotion
) -> None:
    Shadow.objects.update(state="failed", failure="the model cannot be loaded")
    address = f"/p/{loop.project.slug}/promotions/{promoted.pk}/"
    client = makers.sign_in(loop.lead)
    page = client.get(address).content.decode()
    reader = makers.sign_in(makers.make_member(loop.project, Role.REVIEWER))
    stranger = reader.post(f"{address}answer-again/")
    assert Shadow.objects.get().state == "failed"

    client.post(f"{address}answer-again/")
    again = client.post(f"{address}answer-again/", follow=True).content.decode()

    shadow = Shadow.objects.get()
    assert "the model cannot be loaded" in page
    assert "Let it try again" in page
    assert stranger.status_code in (403, 404)
    assert (shadow.state, shadow.failure) == ("running", "")
    entry = AuditEntry.objects.get(action="old version answers again")
    assert entry.actor == loop.lead
    assert entry.before == {"failure": "the model cannot be loaded"}
    assert "Load the page again" in again


def test_nobody_is_asked_to_mend_what_is_not_needed_any_more(
    loop: Loop, promoted: Promotion
) -> None:
    Shadow.objects.update(state="failed", failure="the model cannot be loaded")
    look(loop, at=timezone.now() + timedelta(days=15))

    page = makers.sign_in(loop.lead).get(
        f"/p/{loop.project.slug}/promotions/{promoted.pk}/"
    )

    assert "Let it try again" not in page.content.decode()


def test_an_open_answer_holds_up_what_came_after_it(
    loop: Loop, promoted: Promotion
) -> None:
    answer(loop, 5, right=True)
    item = make_waiting(loop.project)
    Prediction.objects.filter(task=item.task).update(model_version="2")
    answer(loop, 60, right=False)

    look(loop)

    assert watch_of(promoted).answers == 5


def test_what_nobody_answers_in_time_rolls_nothing_back(
    loop: Loop, promoted: Promotion
) -> None:
    past = timezone.now() - timedelta(minutes=1)
    for _ in range(60):
        item = make_waiting(loop.project, due_at=past)
        Prediction.objects.filter(task=item.task).update(model_version="2")

    look(loop)

    watch = watch_of(promoted)
    assert (watch.answers, watch.overdue, watch.wrong) == (60, 60, 0)
    assert watch.state == "running"


def test_pairs_wait_for_the_old_version_and_do_without_what_it_cannot_see(
    loop: Loop, promoted: Promotion
) -> None:
    answer(loop, 10, right=False)
    look(loop)
    waits = watch_of(promoted).paired

    Shadow.objects.update(upto=Prediction.objects.latest("pk").pk)
    look(loop)

    watch = watch_of(promoted)
    assert waits == 0
    assert (watch.paired, watch.worse, watch.better) == (10, 0, 0)


def test_rarer_draws_begin_the_tests_anew(loop: Loop, promoted: Promotion) -> None:
    answer(loop, 5, right=True)
    answer(loop, 5, right=True, pi=0.001)

    look(loop)

    watch = watch_of(promoted)
    assert (watch.answers, watch.begun_anew) == (10, 1)
    assert watch.fall["lowest"] == pytest.approx(0.001)  # type: ignore[index]


def test_a_watch_ends_with_its_window_or_with_the_version(
    loop: Loop, promoted: Promotion
) -> None:
    look(loop, at=timezone.now() + timedelta(days=15))
    assert watch_of(promoted).state == "quiet"

    Aftercare.objects.update(state="running", ended_at=None)
    rolling_back.by_person(promoted, by=loop.lead, reason="Away with it.")
    work()

    watch = watch_of(promoted)
    assert watch.state == "replaced"
    assert watch.shadow is not None
    assert watch.shadow.state == "ended"


def test_without_days_there_is_no_watch(loop: Loop) -> None:
    RegisteredModel.objects.update(watch_days=0)
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    found = promotion.propose(loop.project, "2", by=loop.lead, reason="Dogs.")
    promotion.approve(found, by=loop.other_lead, reason="Agreed.")

    work()

    assert not Aftercare.objects.exists()
    assert not Shadow.objects.exists()


@pytest.mark.parametrize("dies_in", ["keep_proposed", "end"])
def test_a_worker_killed_while_it_sounds_leaves_one_proposal(
    loop: Loop,
    promoted: Promotion,
    monkeypatch: pytest.MonkeyPatch,
    dies_in: str,
) -> None:
    """Either before the alarm is written, or between the alarm and the proposal."""
    answer(loop, 60, right=False)

    def die(*_args: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as dying, suppress(Killed):
        dying.setattr(shadowing if dies_in == "end" else promotion, dies_in, die)
        look(loop)
    look(loop)

    watch = watch_of(promoted)
    assert watch.state == "sounded"
    assert watch.answers == watch.wrong
    assert Promotion.objects.filter(kind="rollback").count() == 1
    assert dead_letters() == []


def test_a_decision_without_a_person_needs_a_rule_that_somebody_set(
    loop: Loop, promoted: Promotion
) -> None:
    rows = Promotion.objects.filter(pk=promoted.pk)

    with pytest.raises(IntegrityError, match="person_or_a_rule"), transaction.atomic():
        rows.update(decided_by=None)
    with pytest.raises(IntegrityError, match="a_rule_only_rolls"), transaction.atomic():
        rows.update(decided_by=None, ruled_by=loop.lead, aftercare=watch_of(promoted))
    with pytest.raises(IntegrityError, match="set_by_somebody"), transaction.atomic():
        RegisteredModel.objects.update(roll_back="by_itself")


def test_a_file_sets_rolling_back_by_itself_only_with_a_name(loop: Loop) -> None:
    section = {
        "name": loop.model.name,
        "endpoint": loop.model.endpoint,
        "script": loop.model.script,
        "test_percent": 50,
        "promotion": {"roll_back": "by_itself", "watch_days": 3},
    }

    with pytest.raises(DoesNotFit, match="needs a name"):
        setup.apply_model(loop.project, section, None)
    setup.apply_model(loop.project, section, loop.lead)

    loop.model.refresh_from_db()
    assert (loop.model.roll_back, loop.model.roll_back_set_by) == (
        "by_itself",
        loop.lead,
    )
    assert loop.model.watch_days == 3
