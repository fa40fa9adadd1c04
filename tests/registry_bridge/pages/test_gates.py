"""The page of gates: leads change what retrains, proposes and holds back, without a file."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from projects.models import AuditEntry, Role
from registry_bridge import gates as looking
from registry_bridge.models import Gate, GateCheck
from tests import makers
from tests.registry_bridge.makers import Loop, make_gate

REASON = {"reason": "More gold comes in by now"}


def read(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.status_code
    return re.sub(r"\s+", " ", response.content.decode())


def url(loop: Loop) -> str:
    return f"/p/{loop.project.slug}/gates/"


def gates(loop: Loop) -> dict[str, dict[str, Any]]:
    active = Gate.objects.filter(project=loop.project, active=True)
    return {gate.name: gate.settings for gate in active}


@pytest.fixture
def lead(loop: Loop) -> Client:
    Gate.objects.filter(project=loop.project).delete()
    make_gate(loop.project, "enough_gold", rows=300)
    make_gate(loop.project, "challenger_better")
    return makers.sign_in(loop.lead)


def form(page: str) -> dict[str, str]:
    """What a browser would send of the page as it came."""
    tags = re.findall(r"<input[^>]+>", page)
    found = {}
    for tag in tags:
        name, value = (
            re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value")
        )
        if name and 'type="checkbox"' not in tag:
            found[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select[^>]+name="([^"]+)">(.*?)</select>', page):
        chosen = re.search(r'value="([^"]*)" selected', options)
        if chosen:
            found[name] = chosen[1]
    return found


def test_a_page_that_is_sent_back_as_it_came_changes_nothing(
    loop: Loop, lead: Client
) -> None:
    sent = {**form(read(lead.get(url(loop)))), **REASON}

    page = read(lead.post(url(loop), sent), 409)

    assert "These are the gates already" in page
    assert gates(loop)["enough-gold"] == {"rows": 300}


def test_a_setting_is_changed_and_kept_with_a_reason(loop: Loop, lead: Client) -> None:
    sent = form(read(lead.get(url(loop))))
    assert sent["gate-0-rows"] == "300"

    changed = {**sent, **REASON, "gate-0-rows": "500", "gate-0-cool_down_minutes": "5"}
    page = read(lead.post(url(loop), changed, follow=True))

    assert "These gates hold from the next look on" in page
    assert gates(loop)["enough-gold"] == {"rows": 500, "cool_down_minutes": 5}
    entry = AuditEntry.objects.get(action="gates changed")
    assert (entry.actor, entry.reason) == (loop.lead, REASON["reason"])
    before, after = entry.before or [{}], entry.after or [{}]
    assert before[0] == {"name": "enough-gold", "when": "enough_gold", "rows": 300}
    assert after[0]["rows"] == 500


def test_an_empty_setting_falls_back_to_its_default(loop: Loop, lead: Client) -> None:
    sent = {**form(read(lead.get(url(loop)))), **REASON, "gate-0-rows": " "}

    lead.post(url(loop), sent)

    assert gates(loop)["enough-gold"] == {}
    assert 'placeholder="500"' in read(lead.get(url(loop)))


def test_a_gate_is_added_step_by_step(loop: Loop, lead: Client) -> None:
    sent = form(read(lead.get(url(loop))))
    asked = read(lead.post(url(loop), {**sent, "when": "latency", "step": "add"}))
    assert "latency" not in gates(loop)

    more = {**form(asked), **REASON, "gate-2-at_most_ms": "200", "gate-2-name": "quick"}
    lead.post(url(loop), more)

    quick = Gate.objects.get(project=loop.project, name="quick")
    assert quick.action == Gate.Action.HOLD
    assert quick.settings == {"at_most_ms": 200}
    assert list(gates(loop)) == ["enough-gold", "challenger-better", "quick"]


def test_a_gate_that_is_left_out_is_switched_off(loop: Loop, lead: Client) -> None:
    sent = {**form(read(lead.get(url(loop)))), **REASON, "gate-0-remove": "1"}

    lead.post(url(loop), sent)

    assert list(gates(loop)) == ["challenger-better"]
    assert Gate.objects.filter(name="enough-gold", active=False).exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("gate-0-rows", "many", "<strong>enough-gold</strong> New gold rows: must be"),
        ("gate-0-rows", "-1", "must be a whole number from 0 to 1,000,000,000"),
        ("gate-0-cool_down_minutes", "9" * 12, "must be a whole number from 0 to"),
        ("gate-0-rows", "inf", "must be a whole number"),
        ("gate-0-name", "Not so", "must be a name"),
        ("gate-1-name", "enough-gold", "is taken above"),
        ("gate-1-delta", "0.04", "belongs to a study"),
        ("gate-1-rule", "luck", "must be one of"),
        ("gate-1-by", "nan", "must be from 0 to below 1"),
        ("gate-0-when", "never", "must be one of"),
        ("reason", " ", "Say why"),
    ],
)
def test_what_cannot_be_a_gate_is_told_and_stays_on_the_page(
    loop: Loop, lead: Client, field: str, value: str, said: str
) -> None:
    before = gates(loop)
    sent = {**form(read(lead.get(url(loop)))), **REASON, field: value}

    page = read(lead.post(url(loop), sent), 422)

    assert said in page
    assert gates(loop) == before
    if "rows" in field:
        assert f'value="{value}"' in page
        assert 'aria-invalid="true"' in page


def test_a_rule_that_was_said_is_kept_though_it_is_the_usual_one(
    loop: Loop, lead: Client
) -> None:
    Gate.objects.filter(name="challenger-better").update(settings={"rule": "interval"})
    sent = {**form(read(lead.get(url(loop)))), **REASON}
    assert sent["gate-1-rule"] == "interval"

    lead.post(url(loop), {**sent, "gate-0-rows": "7"})

    assert gates(loop)["challenger-better"] == {"rule": "interval"}


def test_a_second_click_says_that_it_is_so_already(loop: Loop, lead: Client) -> None:
    sent = {**form(read(lead.get(url(loop)))), **REASON, "gate-0-rows": "7"}
    lead.post(url(loop), sent)

    page = read(lead.post(url(loop), sent), 409)

    assert "These are the gates already" in page
    assert AuditEntry.objects.filter(action="gates changed").count() == 1


@pytest.mark.parametrize("key", ["days", "cool_down_minutes"])
def test_a_gate_looks_at_the_farthest_that_may_be_set(
    loop: Loop, lead: Client, key: str
) -> None:
    Gate.objects.filter(project=loop.project).delete()
    most = {"days": 3_650, "cool_down_minutes": 3_650 * 24 * 60}[key]
    make_gate(loop.project, "quality_below", **{key: most})

    looking.look(loop.project)

    assert GateCheck.objects.filter(gate__project=loop.project).exists()


def test_a_limit_must_be_set_of_a_side_condition(loop: Loop, lead: Client) -> None:
    sent = form(read(lead.get(url(loop))))
    asked = read(lead.post(url(loop), {**sent, "when": "cost", "step": "add"}))

    page = read(lead.post(url(loop), {**form(asked), **REASON}), 422)

    assert "needs a limit; set one of: reviews_a_day, minutes_per_1000" in page


def test_the_last_look_stands_beside_the_settings(loop: Loop, lead: Client) -> None:
    gate = Gate.objects.get(project=loop.project, name="enough-gold")
    GateCheck.objects.create(
        gate=gate,
        verdict="not_enough",
        evidence={},
        words="120 of 300 new gold rows are there.",
        at="2026-01-02T03:04:05Z",
    )

    page = read(lead.get(url(loop)))

    assert "120 of 300 new gold rows are there." in page
    assert "Not enough evidence" in page


def test_an_old_tab_does_not_undo_what_somebody_else_set(
    loop: Loop, lead: Client
) -> None:
    old = form(read(lead.get(url(loop))))
    other = makers.sign_in(makers.make_member(loop.project, Role.LEAD))
    other.post(url(loop), {**old, **REASON, "gate-0-rows": "700"})

    page = read(lead.post(url(loop), {**old, **REASON, "gate-0-rows": "100"}), 409)

    assert "Load the page again" in page
    assert gates(loop)["enough-gold"] == {"rows": 700}


def test_whoever_answers_changes_no_gate(loop: Loop, lead: Client) -> None:
    sent = {**form(read(lead.get(url(loop)))), **REASON, "gate-0-rows": "5"}
    other = makers.sign_in(makers.make_member(loop.project, Role.ADJUDICATOR))

    assert other.get(url(loop)).status_code == 403
    assert other.post(url(loop), sent).status_code == 403
    assert gates(loop)["enough-gold"] == {"rows": 300}


def test_a_project_without_a_model_says_how_to_get_one(
    lead: Client, loop: Loop
) -> None:
    empty = makers.make_project("empty")
    client = makers.sign_in(makers.make_member(empty, Role.LEAD))

    assert "has no model yet" in read(client.get("/p/empty/gates/"))
    told = read(client.post("/p/empty/gates/", {**REASON, "step": "save"}), 409)
    assert "no model" in told
