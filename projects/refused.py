"""How the service says no: a code, a status, and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class FieldProblem(TypedDict):
    field: str
    problem: str


class Refused(Exception):
    """A request that cannot be done, told to whoever asked. 400 unless said otherwise."""

    code = "refused"
    status = 400
    title = "This cannot be done"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldProblem] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = list(errors)
        self.retry_after = retry_after


class Malformed(Refused):
    code, status, title = "malformed", 400, "The request cannot be read"


class NotSignedIn(Refused):
    code, status, title = "not_signed_in", 401, "Sign in or send a token"


class NotAllowed(Refused):
    code, status, title = "not_allowed", 403, "Your role does not allow this"


class NotFound(Refused):
    code, status, title = "not_found", 404, "There is nothing here"


class Conflict(Refused):
    code, status, title = "conflict", 409, "Somebody or something was here before"


class TooLarge(Refused):
    code, status, title = "too_large", 413, "The request is too large"


class UnknownFormat(Refused):
    code, status, title = "unknown_format", 415, "The content type is not understood"


class DoesNotFit(Refused):
    code, status, title = "does_not_fit", 422, "It does not fit the schema"


class TooMany(Refused):
    code, status, title = "too_many", 429, "Too much at once"


class TryAgain(Refused):
    code, status, title = "try_again", 503, "This cannot be done right now"


class Broken(Refused):
    code, status, title = "broken", 500, "Something broke here"
