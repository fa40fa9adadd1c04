"""What SageMaker answers when it says no."""

from __future__ import annotations


class Refusal(Exception):
    """An error as AWS sends it; `members` are further fields of its body."""

    def __init__(
        self, code: str, message: str, status: int = 400, **members: object
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status
        self.members = members


class Dropped(Exception):
    """The connection ends without an answer, whatever has been done by then."""


class Killed(BaseException):
    """Stands for the end of the calling process: no `except Exception` holds it up."""


def invalid(message: str) -> Refusal:
    return Refusal("ValidationException", message)


def not_found(kind: str, arn: str) -> Refusal:
    """SageMaker says of most missing things that the request is not valid."""
    return invalid(f'Could not find {kind} "{arn}".')


def exists(kind: str, arn: str) -> Refusal:
    return invalid(f'Cannot create already existing {kind} "{arn}".')
