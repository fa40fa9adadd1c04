"""The page Notices: of what a person is mailed, project by project, and what was mailed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from projects import access, addresses, notices
from projects.models import User
from projects.refused import Refused

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
    asked = request.POST if request.method == "POST" else None
    form = AddressForm(asked, initial={"email": user.email})
    form.fields["email"].disabled = not notices.mail_is_on()
    if asked is not None and form.is_valid() and _fits(form, request):
        messages.success(request, _keep(form, user, request))
        return redirect("notices")
    context = {
        "form": form,
        "choices": notices.choices(user),
        "mail_is_on": notices.mail_is_on(),
        "mails": notices.newest(user),
    }
    status = 422 if form.errors else 200
    return render(request, "projects/notices.html", context, status=status)


def _fits(form: AddressForm, request: HttpRequest) -> bool:
    if _wants_link(form) and not addresses.may_ask(request):
        form.add_error("email", _("You asked for many links today. Try it tomorrow."))
    return not form.errors


def _wants_link(form: AddressForm) -> bool:
    return "email" in form.changed_data and bool(form.cleaned_data["email"])


@transaction.atomic
def _keep(form: AddressForm, user: User, request: HttpRequest) -> str:
    """Language, choices and a wish for another address are one thing that somebody said."""
    User.objects.filter(pk=user.pk).update(language=get_language() or "")
    notices.choose(user, _ticked(request))
    email = form.cleaned_data["email"]
    if _wants_link(form):
        addresses.ask(user, email)
        told = _("Your choices are kept. Open the link that is sent to %(email)s.")
        return told % {"email": email}
    if "email" in form.changed_data:
        User.objects.filter(pk=user.pk).update(email="")
    return _("Your notices are kept.")


@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest, key: str) -> HttpResponse:
    """What a mailed link leads to; a button, since programs open the links of mails too."""
    user = access.signed_in(request)
    try:
        if request.method == "POST":
            email = addresses.confirm(key, user)
            messages.success(request, _("Notices go to %(email)s.") % {"email": email})
            return redirect("notices")
        context, status = {"email": addresses.read(key, user)}, 200
    except Refused as refused:
        context, status = {"refused": refused.detail}, refused.status
    return render(request, "projects/address.html", context, status=status)


def _ticked(request: HttpRequest) -> Iterator[tuple[int, str]]:
    """`<project>:<kind>`; what is not like that was not on the page."""
    for each in request.POST.getlist(TICKED):
        project, _colon, kind = each.partition(":")
        if project.isascii() and project.isdecimal() and len(project) < LONGEST_NUMBER:
            yield int(project), kind
