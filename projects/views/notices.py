"""The page Notices: of what a person is mailed, project by project, and what was mailed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from projects import access, notices
from projects.models import User

if TYPE_CHECKING:
    from collections.abc import Iterator

TICKED = "mail"
# Of a number that a row may have.
LONGEST_NUMBER = 19


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("Mail address"), required=False, max_length=254
    )

    def clean_email(self) -> str:
        # what is unique and compared by letter must not be kept in two spellings
        return str(self.cleaned_data["email"]).lower()


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    user = access.signed_in(request)
    initial = {"email": user.email}
    form = AddressForm(
        request.POST if request.method == "POST" else None, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        try:
            _keep(form, user, request)
        except IntegrityError:
            form.add_error("email", _("Somebody else uses this address."))
        else:
            messages.success(request, _("Your notices are kept."))
            return redirect("notices")
    context = {
        "form": form,
        "choices": notices.choices(user),
        "mail_is_on": notices.mail_is_on(),
        "mails": notices.newest(user),
    }
    status = 422 if form.errors else 200
    return render(request, "projects/notices.html", context, status=status)


@transaction.atomic
def _keep(form: AddressForm, user: User, request: HttpRequest) -> None:
    """Address, language and choices are one thing that somebody said."""
    known = User.objects.filter(pk=user.pk)
    known.update(email=form.cleaned_data["email"], language=get_language() or "")
    notices.choose(user, _ticked(request))


def _ticked(request: HttpRequest) -> Iterator[tuple[int, str]]:
    """`<project>:<kind>`; what is not like that was not on the page."""
    for each in request.POST.getlist(TICKED):
        project, _colon, kind = each.partition(":")
        if project.isascii() and project.isdecimal() and len(project) < LONGEST_NUMBER:
            yield int(project), kind
