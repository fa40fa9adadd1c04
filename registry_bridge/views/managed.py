"""Lets a person into a managed MLflow by a link made on the click; it is kept nowhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from projects import access, audit
from projects.refused import Conflict, TryAgain
from registry_bridge import outside
from registry_bridge.gateways import managed_mlflow
from registry_bridge.gateways.ports import Rejected, Unreachable
from registry_bridge.models import RegisteredModel


class NotManaged(Conflict):
    code, title = "not_managed", "This MLflow needs no link"


class NoWayIn(Conflict):
    code, title = "no_way_in", "AWS made no link into MLflow"


class NotNow(TryAgain):
    code, title = "no_way_in_now", "AWS made no link into MLflow"


@never_cache
@require_POST
def enter(request: HttpRequest, slug: str) -> HttpResponse:
    """A page that goes on to MLflow at once.

    No plain redirect: our policy for forms lets none lead to another site.
    """
    who = access.member(request, slug, access.READ_RESULTS)
    model = RegisteredModel.objects.filter(project=who.project).first()
    managed = outside.managed_mlflow(model) if model else None
    if managed is None:
        raise NotManaged(
            "Models of this project are at an MLflow with its own address."
        )
    try:
        link = managed_mlflow.link(managed)
    except Unreachable as error:
        raise NotNow(str(error)) from error
    except Rejected as error:
        raise NoWayIn(str(error)) from error
    audit.record("MLflow entered", who.project, managed.arn, by=who.user)
    context = {"project": who.project, "link": link}
    response = render(request, "registry_bridge/into_mlflow.html", context)
    response["Refresh"] = f"0; url={link}"
    response["Referrer-Policy"] = "no-referrer"
    return response
