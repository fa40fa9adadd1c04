"""What a button on a page does: it acts, says what happened, and goes back to the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from projects.refused import DoesNotFit, FieldProblem, Refused

LONGEST_REASON = 2_000
Rest = ParamSpec("Rest")
# Who may and whether it is there is for the whole page to say; the others are told on it.
TOLD_ON_THE_PAGE = (400, 409, 422, 429)


def act(
    back: Callable[Rest, str],
) -> Callable[[Callable[..., str]], Callable[..., HttpResponse]]:
    """A view that only takes POST; the function answers with the sentence to show.

    A refusal is shown on the page that `back` names, where it can be mended.
    """

    def decorate(function: Callable[..., str]) -> Callable[..., HttpResponse]:
        @wraps(function)
        def view(
            request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs
        ) -> HttpResponse:
            try:
                messages.success(request, function(request, *args, **kwargs))
            except Refused as refused:
                if refused.status not in TOLD_ON_THE_PAGE:
                    raise
                messages.error(request, f"{refused.title}. {refused.detail}")
            return HttpResponseRedirect(back(*args, **kwargs))

        return require_POST(view)

    return decorate


def reason(request: HttpRequest) -> str:
    """The reason typed on the page; an act that is written down always has one."""
    given = request.POST.get("reason", "").strip()
    if not given or "\0" in given or len(given) > LONGEST_REASON:
        problem = f"must say why, in 1 to {LONGEST_REASON} characters"
        raise DoesNotFit(
            "Say why; it is kept with your name.",
            errors=[FieldProblem(field="reason", problem=problem)],
        )
    return given


def text(request: HttpRequest, name: str, longest: int) -> str:
    """A short word of a form, such as a version."""
    given = request.POST.get(name, "").strip()
    if not given or "\0" in given or len(given) > longest:
        problem = f"must have 1 to {longest} characters"
        raise DoesNotFit(
            f"The {name} {problem}.", errors=[FieldProblem(field=name, problem=problem)]
        )
    return given


def number(request: HttpRequest, name: str, low: int, high: int) -> int:
    given = request.POST.get(name, "").strip().replace("−", "-")
    try:
        value = int(given)
    except ValueError:
        value = high + 1
    if not low <= value <= high:
        problem = f"must be a whole number from {low} to {high}"
        raise DoesNotFit(
            f"The {name} {problem}.", errors=[FieldProblem(field=name, problem=problem)]
        )
    return value
