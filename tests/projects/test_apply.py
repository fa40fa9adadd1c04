"""`manage.py apply` makes a project as its file says, all of it or nothing."""

from __future__ import annotations

import textwrap
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from labeling import kinds
from labeling.models import Schema, SchemaVersion
from labeling.schemas import Edit, apply_schema, section_of
from projects import secrets
from projects.models import AuditEntry, Connection, Membership, Project, User
from reviewer import policy_versions, standing
from reviewer.models import Endpoint, Policy, Queue, Webhook
from tests import makers

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
WHOLE = """\
project:
  slug: pets
  name: Pets
  description: Cats and dogs.
schema:
  name: pets
  guideline: Look at the ears.
  fields:
    - {name: photo, type: image}
  questions:
    - id: label
      kind: choice
      title: What is it?
      labels:
        - {id: cat, name: Cat}
        - {id: dog, name: Dog}
endpoints:
  - name: pets
policy:
  audit: 0.02
  rules:
    - {name: doubtful, when: {confidence_below: 0.9}}
queues:
  - {name: review, title: Look again, overlap: 2, skill_from: language, daily_cap: 300, most_waiting: 50000}
members:
  ann: owner
  bob: reviewer
"""


def write(folder: Path, text: str) -> str:
    path = folder / "project.yaml"
    path.write_text(textwrap.dedent(text))
    return str(path)


def run(folder: Path, text: str, *flags: str) -> list[str]:
    out = StringIO()
    call_command("apply", write(folder, text), *flags, stdout=out)
    return out.getvalue().splitlines()


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(CommandError) as refused:
        run(folder, text)
    return str(refused.value).splitlines()


@pytest.fixture(autouse=True)
def _people() -> None:
    makers.make_user("ann")
    makers.make_user("bob")


def test_a_file_makes_a_whole_project(tmp_path: Path) -> None:
    lines = run(tmp_path, WHOLE)

    project = Project.objects.get(slug="pets")
    assert lines == [
        "project pets: made",
        "schema pets: version 1 (new)",
        "endpoint pets: made",
        "policy: version 1",
        "queue review: made",
        "queue adjudication: made",
        "member ann: owner",
        "member bob: reviewer",
    ]
    assert Endpoint.objects.get(project=project).schema.name == "pets"
    assert Queue.objects.get(project=project, name="review").overlap == 2
    assert Membership.objects.filter(project=project).count() == 2


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    run(tmp_path, WHOLE)
    entries = AuditEntry.objects.count()

    lines = run(tmp_path, WHOLE)

    assert lines == ["nothing to change"]
    assert AuditEntry.objects.count() == entries


def test_what_changed_in_the_file_is_told_and_nothing_else_touched(
    tmp_path: Path,
) -> None:
    run(tmp_path, WHOLE)
    changed = (
        WHOLE.replace("the ears", "the tail")
        .replace("audit: 0.02", "audit: 0.05")
        .replace("overlap: 2", "overlap: 3")
        .replace("bob: reviewer", "bob: lead")
    )

    lines = run(tmp_path, changed)

    assert lines == [
        "schema pets: version 2 (guideline)",
        "policy: version 2",
        "queue review: overlap 2 → 3",
        "member bob: reviewer → lead",
    ]
    assert SchemaVersion.objects.get(number=1).guideline == "Look at the ears."


def test_a_promise_is_applied_and_a_wrong_one_named_by_its_line(tmp_path: Path) -> None:
    promise = "audit: 0.02\n  promise: {wrong: 0.01, sure: 0.95}"
    run(tmp_path, WHOLE.replace("audit: 0.02", promise))

    assert Policy.objects.get().rules["promise"] == {"wrong": 0.01, "sure": 0.95}
    with pytest.raises(CommandError, match=r"policy\.promise\.wrong: must be from"):
        run(tmp_path, WHOLE.replace("audit: 0.02", promise.replace("0.01", "0.9")))


def test_every_policy_of_a_project_draws_with_the_same_salt(tmp_path: Path) -> None:
    run(tmp_path, WHOLE)

    run(tmp_path, WHOLE.replace("audit: 0.02", "audit: 0.05"))

    first, second = Policy.objects.order_by("version")
    assert bytes(first.salt) == bytes(second.salt)
    assert (first.active, second.active) == (False, True)


def test_a_file_says_how_people_work_on_a_queue(tmp_path: Path) -> None:
    ways = WHOLE.replace(
        "title: Look again,",
        "title: Look again, skips_to: me, pre_label: after_guess,",
    )

    run(tmp_path, ways)
    run(tmp_path, WHOLE)

    queue = Queue.objects.get(name="review")
    # what a file does not name stays as it was set on the page
    assert (queue.skips_to, queue.pre_label) == ("me", "after_guess")


def test_a_queue_asks_for_answers_until_it_is_sure(tmp_path: Path) -> None:
    adaptive = WHOLE.replace("overlap: 2", "overlap: {fewest: 1, most: 4, sure: 0.9}")
    run(tmp_path, adaptive)
    queue = Queue.objects.get(purpose="review")
    assert (queue.overlap, queue.max_overlap, queue.sure) == (1, 4, 0.9)
    assert run(tmp_path, adaptive) == ["nothing to change"]

    run(tmp_path, WHOLE)

    queue.refresh_from_db()
    assert (queue.overlap, queue.max_overlap, queue.sure) == (2, 3, None)


def test_what_a_file_leaves_out_of_overlap_stays_as_the_page_set_it(
    tmp_path: Path,
) -> None:
    silent = WHOLE.replace("overlap: 2, ", "").replace(", overlap: 2", "")
    assert "overlap" not in silent
    run(tmp_path, silent)
    Queue.objects.filter(purpose="review").update(overlap=2, max_overlap=4, sure=0.9)

    assert run(tmp_path, silent) == ["nothing to change"]


@pytest.mark.parametrize(
    ("overlap", "problem"),
    [
        ("{fewest: 3, most: 2}", "overlap.most: must not be below fewest, which is 3"),
        ("{fewest: 0}", "overlap.fewest: must be 1 to 9"),
        ("{sure: 1}", "overlap.sure: must be from 0.5 to below 1"),
        ("{sure: 0.4}", "overlap.sure: must be from 0.5 to below 1"),
        ("{sure: high}", "overlap.sure: must be a number from 0 to 1"),
        ("{surely: 0.9}", "overlap.surely: is not known; use: fewest, most, sure"),
        ("{most: 3}, max_overlap: 3", "max_overlap: is said by overlap.most"),
        ("{most: 3}, purpose: adjudication", "overlap: must be a number"),
    ],
)
def test_an_overlap_that_cannot_be_is_refused(
    overlap: str, problem: str, tmp_path: Path
) -> None:
    wrong = WHOLE.replace("overlap: 2", f"overlap: {overlap}")

    assert f"queues[0].{problem}" in str(problems(tmp_path, wrong))


def test_an_adjudicator_skips_to_no_other_adjudicator(tmp_path: Path) -> None:
    wrong = WHOLE.replace(
        "title: Look again,", "purpose: adjudication, skips_to: expert,"
    )

    assert "skips_to" in str(problems(tmp_path, wrong))


def test_a_file_says_that_it_replaces_what_was_made_in_the_browser(
    tmp_path: Path,
) -> None:
    run(tmp_path, WHOLE)
    schema = Schema.objects.get()
    ann = User.objects.get(username="ann")
    section = {**section_of(schema.versions.get()), "guideline": "Look at the paws."}
    apply_schema(schema.project, section, ann, Edit(based_on=1, note="Paws"))

    lines = run(tmp_path, WHOLE)

    said = "schema pets: version 3 (guideline); it replaces version 2, made in the browser by Ann"
    assert said in lines
    assert schema.versions.get(number=2).guideline == "Look at the paws."
    assert run(tmp_path, WHOLE) == ["nothing to change"]


def test_a_file_says_that_it_replaces_a_policy_saved_in_the_browser(
    tmp_path: Path,
) -> None:
    run(tmp_path, WHOLE)
    project = Project.objects.get()
    ann = User.objects.get(username="ann")
    policy_versions.keep(
        project, {"audit": 0.5}, by=ann, reason="Try", based_on=1, in_browser=True
    )

    lines = run(tmp_path, WHOLE)

    assert (
        "policy: version 3; it replaces version 2, made in the browser by Ann" in lines
    )
    assert run(tmp_path, WHOLE) == ["nothing to change"]


def test_a_file_without_queues_gets_one_to_review_and_one_to_adjudicate(
    tmp_path: Path,
) -> None:
    run(tmp_path, "project: {slug: bare}")

    assert set(Queue.objects.values_list("name", "purpose")) == {
        ("review", "review"),
        ("adjudication", "adjudication"),
    }


def test_check_says_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    lines = run(tmp_path, WHOLE, "--check")

    assert "would change: project pets: made" in lines
    assert not Project.objects.exists()


def test_every_problem_is_told_at_once_with_line_and_key(tmp_path: Path) -> None:
    broken = (
        WHOLE.replace("overlap: 2", "overlap: 10")
        .replace("kind: choice", "kind: chioce")
        .replace("audit: 0.02", "audit: 2")
        .replace("bob: reviewer", "eve: reviewer")
        .replace("  - name: pets", "  - label: pets")
        .replace("members:", "member:")
    )

    found = problems(tmp_path, broken)

    assert found == [
        f"project.yaml:12: schema.questions[0].kind: must be one of: {', '.join(kinds.NAMES)}",
        "project.yaml:18: endpoints[0].label: is not known; use: name, quota, adapter, capture",
        "project.yaml:18: endpoints[0].name: is missing",
        "project.yaml:20: policy.audit: must be from 0.005 to 1, not 2",
        "project.yaml:24: queues[0].overlap: must be 1 to 9",
        "project.yaml:25: member: is not known; use: project, retention, connections, "
        "schema, endpoints, policy, queues, pause_reviewers, members, webhooks, model",
    ]


def test_the_file_says_how_long_things_are_kept(tmp_path: Path) -> None:
    text = "project: {slug: pets}\nretention: {predictions: 90, drafts: 30}\n"
    first = run(tmp_path, text)

    again, without = run(tmp_path, text), run(tmp_path, "project: {slug: pets}")
    changed = run(tmp_path, text.replace("predictions: 90, ", "payloads: 400, "))

    said = "retention: predictions 90 days, inputs for ever, drafts 30 days"
    assert said in first
    assert (
        again
        == without
        == ["policy: none; predictions are refused until the file has one"]
    )
    assert "retention: predictions for ever, inputs 400 days, drafts 30 days" in changed
    kept = AuditEntry.objects.filter(action="retention changed").latest("pk")
    assert kept.before == {"predictions": 90, "payloads": None, "drafts": 30}


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("{predictions: 0}", "retention.predictions: must be 1 to 36500"),
        ("{payloads: soon}", "retention.payloads: must be 1 to 36500"),
        ("{days: 3}", "retention.days: is not known; use: predictions, payloads, drafts"),
        ("30", "retention: must be a map with the keys predictions, payloads, drafts"),
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_kept_is_told(
    tmp_path: Path, section: str, said: str
) -> None:
    found = problems(tmp_path, f"project: {{slug: pets}}\nretention: {section}")

    assert found == [f"project.yaml:2: {said}"]


def test_nothing_is_half_applied(tmp_path: Path) -> None:
    run(tmp_path, WHOLE)
    other = WHOLE.replace("the ears", "the tail") + "  ben: owner\n"

    found = problems(tmp_path, other)

    assert found == [
        "project.yaml:28: members.ben: there is no such account; "
        "make it: manage.py account --username ben"
    ]
    assert SchemaVersion.objects.count() == 1


def test_what_only_the_database_knows_is_told_with_its_line_too(
    tmp_path: Path,
) -> None:
    run(tmp_path, WHOLE)
    second = WHOLE.replace(
        "members:",
        "  - {name: appeals, purpose: adjudication}\nmembers:",
    ).replace("ann: owner", "ann: lead")

    found = problems(tmp_path, second)

    assert found == [
        "project.yaml:25: queues[1].purpose: the project has one already, "
        "adjudication; change that one",
        "project.yaml:27: members.ann: Ann is the last owner. "
        "Make somebody else an owner first.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("project: {slug: a\nname: b", "project.yaml:2: expected ',' or '}', but got ':'"),
        ("- a", "project.yaml:1: must be a map with the key “project”"),
        ("", "project.yaml:1: must be a map with the key “project”"),
        ("project: {slug: a}\nproject: {slug: b}", "project.yaml:2: “project” is there twice"),
        ("queues: []", "project.yaml:1: project: is missing"),
        ("project: &a\n  slug: *a", "project.yaml:1: an anchor must not hold itself"),
        ("project: {slug: 7}", "project.yaml:1: project.slug: must be letters, digits, - and _, at most 60 of them"),
        ("project: x", "project.yaml:1: project: must be a map with the keys slug, name, description"),
        ("project: {slug: a}\nqueues:\n  - {name: r, overlap: yes}", "project.yaml:3: queues[0].overlap: must be 1 to 9"),
        ("project: {slug: a}\nqueues:\n  - {name: r}\n  - {name: r}", "project.yaml:4: queues[1].name: “r” is already [0]"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_where(
    tmp_path: Path, text: str, said: str
) -> None:
    assert problems(tmp_path, text) == [said]


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("apply", str(tmp_path / "none.yaml"))


CONNECTED = """
project: {slug: pets}
connections:
  - name: our-mlflow
    kind: mlflow
    uri: https://mlflow.example.org
    secret_env: {password: THE_PASSWORD}
"""


def test_the_secret_of_a_connection_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_PASSWORD", "open sesame")

    run(tmp_path, CONNECTED)
    again = run(tmp_path, CONNECTED)

    kept = Connection.objects.get(name="our-mlflow")
    assert secrets.open_(bytes(kept.secret)) == {"password": "open sesame"}
    assert b"sesame" not in bytes(kept.secret)
    assert again[0] != "connection our-mlflow: changed"


def test_a_secret_that_is_not_in_the_environment_is_missed(tmp_path: Path) -> None:
    found = problems(tmp_path, CONNECTED)

    assert found == [
        "project.yaml:7: connections[0].secret_env.password: "
        "the environment variable THE_PASSWORD is not set"
    ]


AWS = """
project: {slug: pets}
connections:
  - name: machines
    kind: aws
    uri: s3://machines/pets
    options: {region: eu-central-1, role_arn: "arn:aws:iam::123456789012:role/pets"}
"""


def test_a_connection_to_aws_needs_no_secret(tmp_path: Path) -> None:
    run(tmp_path, AWS)

    kept = Connection.objects.get(name="machines")
    assert (kept.kind, bytes(kept.secret)) == ("aws", b"")
    assert kept.options["region"] == "eu-central-1"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("eu-central-1", "Frankfurt", "options.region: must be a region such as"),
        ("role_arn", "role", "options.role: is not known"),
        ("role/pets", "user/pets", "options.role_arn: must be arn:aws:iam::ACCOUNT"),
        ("role_arn:", "external_id: x, role:", "external_id: needs role_arn"),
        ("s3://machines/pets", "https://aws", "uri: must start with s3://"),
        (
            "region:",
            "endpoint_urls: {lambda: https://x}, region:",
            "options.endpoint_urls.lambda: is not known",
        ),
        (
            "region:",
            "endpoint_urls: {s3: localhost}, region:",
            "options.endpoint_urls.s3: must start with https://",
        ),
    ],
)
def test_a_connection_to_aws_that_cannot_work_says_what_is_wrong(
    tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    assert said in "\n".join(problems(tmp_path, AWS.replace(right, wrong)))


@pytest.mark.parametrize(
    "address", ["http://10.0.0.1", "http://127.0.0.1:80", "http://[::1]"]
)
def test_a_connection_to_aws_leads_into_private_networks_only_where_the_operator_says(
    tmp_path: Path, settings: Settings, address: str
) -> None:
    text = AWS.replace("region:", f'endpoint_urls: {{s3: "{address}"}}, region:')
    settings.AWS_PRIVATE = False
    assert "OVERREAD_AWS_PRIVATE=1 allows those" in problems(tmp_path, text)[0]

    settings.AWS_PRIVATE = True

    assert run(tmp_path, text)


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]"])
def test_a_connection_to_aws_never_leads_to_where_machines_are_told_secrets(
    tmp_path: Path, host: str
) -> None:
    text = AWS.replace("region:", f'endpoint_urls: {{s3: "http://{host}"}}, region:')

    assert "tells machines secrets" in problems(tmp_path, text)[0]


def test_keys_of_aws_come_in_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALF", "AKIA")

    found = problems(tmp_path, AWS + "    secret_env: {access_key_id: HALF}\n")

    assert "needs access_key_id and secret_access_key; better: a role" in found[0]


def test_the_example_can_be_applied_twice() -> None:
    example = str(ROOT / "examples" / "digits" / "project.yaml")
    first, second = StringIO(), StringIO()

    call_command("apply", example, stdout=first)
    call_command("apply", example, stdout=second)

    assert "model digits: made" in first.getvalue()
    assert second.getvalue() == "nothing to change\n"


HOOKS = """\
webhooks:
  - {name: orders, url: "https://example.org/h", secret_env: ORDERS_SECRET}
"""


def test_webhooks_of_the_file_are_made_and_changed_with_a_secret_it_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    monkeypatch.setenv("ORDERS_SECRET", secret)

    made = run(tmp_path, WHOLE + HOOKS)
    again = run(tmp_path, WHOLE + HOOKS)
    changed = run(tmp_path, WHOLE + HOOKS.replace("/h", "/i"))

    webhook = Webhook.objects.get()
    assert "webhook orders: made" in made
    assert not any("webhook" in line for line in again)
    assert "webhook orders: changed" in changed
    assert webhook.url == "https://example.org/i"
    assert secrets.open_(bytes(webhook.secret)) == {"secret": secret}


def test_what_is_wrong_with_webhooks_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERS_SECRET", "short")
    wrong = HOOKS.replace("https://example.org/h", "http://10.0.0.1/")

    with pytest.raises(CommandError) as caught:
        run(tmp_path, WHOLE + wrong)

    said = str(caught.value)
    assert "webhooks[0].url: is in a private network" in said
    assert "webhooks[0].secret_env: the secret must be whsec_" in said


def test_a_file_says_whether_an_alarm_pauses_a_reviewer(tmp_path: Path) -> None:
    run(tmp_path, WHOLE)
    project = Project.objects.get(slug="pets")
    before = standing.pauses(project)

    said = run(tmp_path, f"{WHOLE}pause_reviewers: true\n")
    again = run(tmp_path, f"{WHOLE}pause_reviewers: true\n")
    run(tmp_path, WHOLE)

    assert not before
    assert "pause_reviewers: true" in said
    assert "pause_reviewers: true" not in again
    # a file without it changes nothing
    assert standing.pauses(project)


def test_whether_an_alarm_pauses_is_yes_or_no(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="must be true or false"):
        run(tmp_path, f"{WHOLE}pause_reviewers: often\n")
