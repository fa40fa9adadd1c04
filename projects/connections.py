"""Outside systems of a project: made, changed and removed by owners; secrets go in, never out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from projects import audit, aws, managed_mlflow, secrets
from projects.models import Connection, Project, User
from projects.refused import Conflict, DoesNotFit, FieldProblem

SCHEMES = {
    Connection.Kind.MLFLOW: ("http", "https"),
    Connection.Kind.S3: ("s3",),
    # The folder of the bucket that everything goes through.
    Connection.Kind.AWS: ("s3",),
    Connection.Kind.LOCAL: (),
}

NO_MLFLOW = (
    "is no ARN of a managed MLflow; it looks like "
    "arn:aws:sagemaker:REGION:ACCOUNT:mlflow-tracking-server/NAME or …:mlflow-app/app-ID"
)
SIGNED = "stays empty: calls are signed with the AWS credentials of this service"


class NameTaken(Conflict):
    code, title = "name_taken", "This name is taken"


class StillUsed(Conflict):
    code, title = "still_used", "This connection is still used"


@dataclass(frozen=True)
class Wanted:
    """A connection as somebody wants it; `secret` None leaves the stored one alone."""

    name: str
    kind: str
    uri: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    secret: dict[str, str] | None = None


@transaction.atomic
def make(project: Project, wanted: Wanted, by: User | None) -> Connection:
    refuse_unfit(wanted)
    connection = Connection(project=project, name=wanted.name, kind=wanted.kind)
    _fill(connection, wanted)
    try:
        with transaction.atomic():
            connection.save()
    except IntegrityError as error:
        raise NameTaken(
            f"There is a connection {wanted.name}. Choose another name."
        ) from error
    audit.record(
        "connection made", project, wanted.name, by=by, after=shown(connection)
    )
    return connection


@transaction.atomic
def change(connection: Connection, wanted: Wanted, by: User | None) -> bool:
    """Whether anything changed; name and kind stay, since others rely on them."""
    refuse_unfit(wanted)
    kept = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    before, stored = shown(kept), secrets.open_(bytes(kept.secret))
    _fill(kept, wanted)
    new_secret = wanted.secret is not None and wanted.secret != stored
    if shown(kept) == before and not new_secret:
        return False
    kept.save(update_fields=["uri", "options", "secret"])
    after = {**shown(kept), **({"secret": "changed"} if new_secret else {})}
    audit.record(
        "connection changed", kept.project, kept.name, by=by, before=before, after=after
    )
    return True


@transaction.atomic
def remove(connection: Connection, by: User) -> None:
    project, name, before = connection.project, connection.name, shown(connection)
    try:
        with transaction.atomic():
            connection.delete()
    except ProtectedError as error:
        raise StillUsed(
            "A model or a source of this project uses it. Give that another connection "
            "first."
        ) from error
    audit.record("connection removed", project, name, by=by, before=before)


def shown(connection: Connection) -> dict[str, Any]:
    """What may be seen of it: everything but the secret's values."""
    return {
        "kind": connection.kind,
        "uri": connection.uri,
        "options": connection.options,
        "secret": "stored" if bytes(connection.secret) else "none",
    }


def _fill(connection: Connection, wanted: Wanted) -> None:
    connection.uri, connection.options = wanted.uri, wanted.options
    if wanted.secret is not None:
        connection.secret = secrets.close(wanted.secret) if wanted.secret else b""


def refuse_unfit(wanted: Wanted) -> None:
    problems: list[FieldProblem] = []
    if wanted.kind not in SCHEMES:
        known = ", ".join(kind.value for kind in SCHEMES)
        problems.append({"field": "kind", "problem": f"must be one of: {known}"})
    elif problem := _wrong_with_uri(wanted):
        problems.append({"field": "uri", "problem": problem})
    elif managed_mlflow.of(wanted.uri) and wanted.secret:
        problems.append({"field": "secret", "problem": SIGNED})
    if wanted.kind == Connection.Kind.AWS:
        problems += aws.problems(wanted.options, wanted.secret)
    if problems:
        raise DoesNotFit("The connection cannot be used like this.", errors=problems)


def _wrong_with_uri(wanted: Wanted) -> str | None:
    schemes = SCHEMES[Connection.Kind(wanted.kind)]
    if not schemes:
        return "stays empty: this machine has no address" if wanted.uri else None
    if wanted.kind == Connection.Kind.MLFLOW and managed_mlflow.is_arn(wanted.uri):
        return None if managed_mlflow.of(wanted.uri) else NO_MLFLOW
    try:
        parts = urlsplit(wanted.uri)
    except ValueError:
        return "is no address"
    if parts.scheme not in schemes or not parts.hostname:
        return f"must start with {' or '.join(f'{each}://' for each in schemes)}"
    if parts.username or parts.password:
        return "must not hold a password; put it into the secret, which is encrypted"
    return None
