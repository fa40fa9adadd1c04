"""Signatures are those of Standard Webhooks."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from reviewer.webhooks import signing

# The published example of the standard's libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_example_is_signed_as_published() -> None:
    assert signing.sign(MESSAGE, AT, BODY, SECRET) == SIGNATURE


def test_headers_carry_one_signature_for_each_good_secret() -> None:
    other = signing.new_secret()

    headers = signing.headers(MESSAGE, AT, BODY, [other, SECRET])

    assert headers["webhook-id"] == MESSAGE
    assert headers["webhook-timestamp"] == str(AT)
    first, second = headers["webhook-signature"].split(" ")
    assert (first, second) == (signing.sign(MESSAGE, AT, BODY, other), SIGNATURE)


def test_what_the_documentation_tells_receivers_to_check_holds() -> None:
    page = Path(__file__).parents[3] / "docs/answers.md"
    (code,) = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    told: dict[str, Any] = {}
    exec(code, told)  # noqa: S102 (our own page)
    headers = signing.headers(MESSAGE, int(time.time()), BODY, [SECRET])
    old = signing.headers(MESSAGE, AT, BODY, [SECRET])

    assert told["is_genuine"](headers, BODY, SECRET)
    assert not told["is_genuine"](headers, BODY + b" ", SECRET)
    assert not told["is_genuine"](headers, BODY, signing.new_secret())
    assert not told["is_genuine"](old, BODY, SECRET)


def test_new_secrets_fit_and_differ() -> None:
    first, second = signing.new_secret(), signing.new_secret()

    assert first != second
    assert signing.fits(first)


@pytest.mark.parametrize(
    "secret", ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_###"]
)
def test_what_is_no_secret_is_seen(secret: str) -> None:
    assert not signing.fits(secret)
