"""What callers say: predictions sent in, tasks claimed and answered."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.wire import Talk, Unit, Unwanted, good, head, request

API = "/api/v1"
# In ids and texts; replaced by a number of the same length, so each row is sent once.
STAMP = b"@@@@@@@@"


def predictions(options: Mapping[str, Any]) -> Talk:
    """`bodies`: a file, one body a line; each holds `rows` predictions with a STAMP."""
    ready = head("POST", f"{API}/projects/bench/predictions", options["secret"])
    bodies = itertools.cycle(Path(options["bodies"]).read_bytes().splitlines())
    stamps = itertools.count(int(time.time() * 10_000))
    rows = int(options["rows"])

    def send(_line: int) -> Unit:
        stamp = b"%08x" % (next(stamps) & 0xFFFFFFFF)
        good((yield request(ready, next(bodies).replace(STAMP, stamp))))
        return rows

    return send


class Given(msgspec.Struct):
    id: str
    token: int


class Claimed(msgspec.Struct):
    assignments: list[Given]


class Told(msgspec.Struct):
    ok: bool
    detail: str = ""


class Submitted(msgspec.Struct):
    results: list[Told]


def cycles(options: Mapping[str, Any]) -> Talk:
    """Claim `count` tasks and answer them; each connection is another reviewer."""
    queue, count, secrets = options["queue"], options["count"], options["secrets"]
    path = f"{API}/queues/{queue}"
    claims = [
        request(head("POST", f"{path}/claim", secret), b'{"count":%d}' % count)
        for secret in secrets
    ]
    submissions = [head("POST", f"{path}/submissions", secret) for secret in secrets]
    read_claim = msgspec.json.Decoder(Claimed).decode
    read_results = msgspec.json.Decoder(Submitted).decode
    numbers = itertools.count()
    run = os.urandom(4).hex().encode()

    def answer(given: Given) -> bytes:
        return (
            b'{"assignment":"%b","token":%d,"client_id":"%b-0000-4000-8000-%012x",'
            b'"answer":{"label":"law"},"seconds":2.0}'
            % (given.id.encode(), given.token, run, next(numbers))
        )

    def cycle(line: int) -> Unit:
        given = read_claim(good((yield claims[line]))).assignments
        if not given:
            raise Unwanted(200, "nothing waits any more")
        body = b'{"items":[%b]}' % b",".join(map(answer, given))
        told = read_results(good((yield request(submissions[line], body)))).results
        for each in told:
            if not each.ok:
                raise Unwanted(200, each.detail)
        return len(given)

    return cycle
