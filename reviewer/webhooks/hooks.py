"""Webhooks of a project: made, changed, switched and removed by owners, tried by leads."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from projects import audit, secrets
from projects.refused import Conflict, DoesNotFit, FieldProblem, NotFound
from reviewer.models import Webhook, WebhookDelivery
from reviewer.models.webhook import EVENTS, USUAL
from reviewer.webhooks import sending, signing, slack

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from projects.models import Project, User

# After a new secret was made, the one before is good for so long.
BOTH_GOOD = timedelta(hours=24)
TEST = "test"
SWITCHED = ["active", "off_because", "since", "seen_xid", "seen_id"]
SWITCHED += ["dead_in_a_row", "failing_since"]


class NameTaken(Conflict):
    code, title = "name_taken", "This name is taken"


class SwitchedOff(Conflict):
    code, title = "switched_off", "This webhook is switched off"


@dataclass(frozen=True)
class Wanted:
    """A webhook as somebody wants it; `secret` empty: a new one, or the stored one."""

    name: str
    url: str
    events: tuple[str, ...] = USUAL
    secret: str = ""
    format: str = Webhook.Format.STANDARD


@transaction.atomic
def make(project: Project, wanted: Wanted, by: User | None) -> tuple[Webhook, str]:
    """A new webhook and its secret. It tells of what happens from now on."""
    refuse_unfit(wanted)
    secret = wanted.secret or signing.new_secret()
    webhook = Webhook(
        project=project,
        name=wanted.name,
        url=wanted.url,
        events=list(wanted.events),
        format=wanted.format,
        secret=secrets.close({"secret": secret}),
        seen_xid=_now_open(),
    )
    try:
        with transaction.atomic():
            webhook.save()
    except IntegrityError as error:
        raise NameTaken(
            f"There is a webhook {wanted.name}. Choose another name."
        ) from error
    audit.record("webhook made", project, webhook.name, by=by, after=shown(webhook))
    return webhook, secret


@transaction.atomic
def change(webhook: Webhook, wanted: Wanted, by: User | None) -> bool:
    """Whether anything changed; the name stays."""
    refuse_unfit(wanted)
    kept = locked(webhook)
    before = shown(kept)
    kept.url, kept.events = wanted.url, list(wanted.events)
    kept.format = wanted.format
    fresh = bool(wanted.secret) and wanted.secret != _secret(kept)
    if shown(kept) == before and not fresh:
        return False
    kept.save(update_fields=["url", "events", "format"])
    if fresh:
        _replace_secret(kept, wanted.secret, timezone.now())
    after = {**shown(kept), **({"secret": "changed"} if fresh else {})}
    audit.record(
        "webhook changed", kept.project, kept.name, by=by, before=before, after=after
    )
    return True


@transaction.atomic
def rotate(webhook: Webhook, by: User, at: datetime) -> str:
    """A new secret; messages are signed with both until the old one's day is over."""
    kept = locked(webhook)
    secret = signing.new_secret()
    _replace_secret(kept, secret, at)
    after = {"old_secret_until": kept.old_secret_until.isoformat()}  # type: ignore[union-attr]
    audit.record("webhook secret changed", kept.project, kept.name, by=by, after=after)
    return secret


@transaction.atomic
def switch(webhook: Webhook, by: User, *, on: bool) -> None:
    """Off, nothing is collected; what waits already is sent when it is on again."""
    kept = locked(webhook)
    if kept.active == on:
        return
    kept.active, kept.off_because = on, ""
    kept.dead_in_a_row, kept.failing_since = 0, None
    if on:
        kept.since, kept.seen_xid, kept.seen_id = timezone.now(), _now_open(), 0
    kept.save(update_fields=SWITCHED)
    action = f"webhook switched {'on' if on else 'off'}"
    audit.record(action, kept.project, kept.name, by=by)


@transaction.atomic
def remove(webhook: Webhook, by: User) -> None:
    """With everything that was or would have been sent."""
    project, name, before = webhook.project, webhook.name, shown(webhook)
    webhook.delete()
    audit.record("webhook removed", project, name, by=by, before=before)


@transaction.atomic
def test(webhook: Webhook, by: User) -> WebhookDelivery:
    """Send a message that says nothing, to see whether it arrives."""
    _refuse_off(webhook)
    data = {"webhook": webhook.name, "asked_by": by.name or by.username}
    audit.record("webhook tested", webhook.project, webhook.name, by=by)
    return WebhookDelivery.objects.create(
        webhook=webhook,
        message_id=f"msg_test_{uuid.uuid4().hex}",
        event=TEST,
        body=body(webhook, TEST, timezone.now(), data),
    )


@transaction.atomic
def replay(webhook: Webhook, by: User, delivery: int | None = None) -> int:
    """Send dead letters again, one or all, under the ids they had; how many."""
    _refuse_off(webhook)
    dead = webhook.deliveries.filter(state=WebhookDelivery.State.DEAD)
    if delivery is not None and not webhook.deliveries.filter(pk=delivery).exists():
        raise NotFound("There is no such delivery of this webhook.")
    count = _revive(dead if delivery is None else dead.filter(pk=delivery))
    if not count:
        raise Conflict("There is no dead letter to send again. Load the page again.")
    subject = f"{webhook.name}: {count}" if delivery is None else f"{webhook.name}"
    after = {"delivery": delivery, "count": count}
    audit.record("webhook replayed", webhook.project, subject, by=by, after=after)
    return count


def _refuse_off(webhook: Webhook) -> None:
    if not webhook.active:
        raise SwitchedOff("Switch it on first; nothing is sent while it is off.")


def _revive(dead: QuerySet[WebhookDelivery]) -> int:
    state, now = WebhookDelivery.State.WAITING, timezone.now()
    return dead.update(state=state, attempts=0, next_at=now)


def good_secrets(webhook: Webhook, at: datetime) -> list[str]:
    """What messages are signed with at that time; the newest first."""
    stored = secrets.open_(bytes(webhook.secret))
    both = webhook.old_secret_until is not None and at < webhook.old_secret_until
    return [stored["secret"], *([stored["old"]] if both else [])]


def body(webhook: Webhook, event: str, at: datetime, data: dict[str, Any]) -> str:
    """A message as Standard Webhooks advises: type, timestamp, data; or one for people."""
    if webhook.format == Webhook.Format.SLACK:
        text = slack.text(webhook.project, event, data)
        return json.dumps({"text": text}, ensure_ascii=False)
    project = webhook.project.slug
    told = {"type": event, "timestamp": at.isoformat(), "project": project}
    return json.dumps({**told, "data": data}, ensure_ascii=False)


def shown(webhook: Webhook) -> dict[str, Any]:
    """What may be seen of it: everything but the secret."""
    seen = {"url": webhook.url, "events": list(webhook.events)}
    plain = webhook.format == Webhook.Format.STANDARD
    return seen if plain else {**seen, "format": webhook.format}


def locked(webhook: Webhook) -> Webhook:
    found = Webhook.objects.select_for_update(of=("self",), no_key=True)
    return found.select_related("project").get(pk=webhook.pk)


def refuse_unfit(wanted: Wanted) -> None:
    problems: list[FieldProblem] = []
    wrong = sending.wrong_with(wanted.url, private=settings.WEBHOOK_PRIVATE)
    if wrong:
        problems.append({"field": "url", "problem": wrong})
    if not wanted.events or not set(wanted.events) <= set(EVENTS):
        known = ", ".join(EVENTS)
        problems.append(
            {"field": "events", "problem": f"must be one or more of: {known}"}
        )
    if wanted.format not in Webhook.Format.values:
        known = ", ".join(Webhook.Format.values)
        problems.append({"field": "format", "problem": f"must be one of: {known}"})
    if wanted.secret and not signing.fits(wanted.secret):
        problem = "must be whsec_ and 24 to 64 bytes in base64"
        problems.append({"field": "secret", "problem": problem})
    if problems:
        raise DoesNotFit("The webhook cannot be used like this.", errors=problems)


def _replace_secret(webhook: Webhook, secret: str, at: datetime) -> None:
    stored = {"secret": secret, "old": _secret(webhook)}
    webhook.secret = secrets.close(stored)
    webhook.old_secret_until = at + BOTH_GOOD
    webhook.save(update_fields=["secret", "old_secret_until"])


def _secret(webhook: Webhook) -> str:
    return str(secrets.open_(bytes(webhook.secret))["secret"])


def _now_open() -> int:
    """The oldest transaction under way: what it writes will not have been looked at."""
    with connection.cursor() as cursor:
        cursor.execute("select (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")
        (oldest,) = cursor.fetchone()
    return int(oldest)
