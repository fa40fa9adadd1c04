"""Offers load from a process of its own: many connections, one loop, no library.

Closed loop: each connection starts its next unit when the last one ended. Open loop: units
are due at a fixed rate, and their time counts from when they were due, so that a service
that stalls cannot hide it (no coordinated omission).
"""

from __future__ import annotations

import gc
import json
import math
import selectors
import socket
import subprocess
import sys
import time
from array import array
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from benchmarks.wire import Answer, NotHttp, Talk, Unit, Unwanted, read

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
AT_ONCE = 1 << 18
# What is under way or due when the time is up gets this long to end.
GRACE_SECONDS = 10.0
FOLDER = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Plan:
    """`talk` is `module:function`, which makes a Talk of `options`."""

    port: int
    talk: str
    options: Mapping[str, Any]
    connections: int
    seconds: float
    # Units a second; None: as fast as answers come.
    rate: float | None = None


@dataclass(frozen=True)
class Result:
    """`things` are what the units got done: rows, tasks. Times in milliseconds."""

    units: int
    things: int
    requests: int
    seconds: float
    cpu_s: float
    p50: float
    p95: float
    p99: float
    longest: float
    # Of each third of the time: units a second, p99.
    thirds: Sequence[Sequence[float]]
    failed: Mapping[str, int] = field(default_factory=dict)
    first_failure: str = ""
    # Due, and never begun; begun, and never ended.
    behind: int = 0
    unended: int = 0

    @property
    def cpu_us(self) -> float:
        """The generator's own cost of a request."""
        return 1e6 * self.cpu_s / max(self.requests, 1)

    @property
    def per_s(self) -> float:
        return self.things / self.seconds

    def shortfalls(self) -> list[str]:
        said = [f"{n} failed ({status})" for status, n in self.failed.items()]
        said += [self.first_failure[:160]] if self.first_failure else []
        said += [f"{self.behind} due were never begun"] if self.behind else []
        return said + ([f"{self.unended} were never answered"] if self.unended else [])


def offer(plan: Plan) -> Result:
    """Run the plan in a process of its own and wait for it."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(asdict(plan)),
        capture_output=True,
        text=True,
        check=False,
        cwd=FOLDER,
        timeout=plan.seconds + 2 * GRACE_SECONDS + 30,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise RuntimeError(f"the load generator failed: {last}")
    return Result(**json.loads(done.stdout))


class Line:
    """One keep-alive connection, and what is under way on it."""

    __slots__ = ("number", "received", "since", "socket", "unit", "unsent")

    def __init__(self, number: int, port: int) -> None:
        self.number = number
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.received = bytearray()
        self.unsent = memoryview(b"")
        self.unit: Unit | None = None
        self.since = 0.0

    def send(self, request: bytes) -> bool:
        """Whether all of it went out."""
        self.unsent = memoryview(request)
        return self.flush()

    def flush(self) -> bool:
        try:
            sent = self.socket.send(self.unsent)
        except BlockingIOError:
            sent = 0
        self.unsent = self.unsent[sent:]
        return not self.unsent

    def receive(self) -> Answer | None:
        part = self.socket.recv(AT_ONCE)
        if not part:
            raise NotHttp("the service hung up")
        if not self.received:
            answer = read(part)
            if answer is None:
                self.received += part
            return answer
        self.received += part
        answer = read(self.received)
        if answer is not None:
            self.received.clear()
        return answer


class Load:
    """The loop: who may send, who was answered, how long it took."""

    def __init__(self, plan: Plan, talk: Talk) -> None:
        self.plan, self.talk = plan, talk
        self.selector = selectors.DefaultSelector()
        self.lines = [Line(n, plan.port) for n in range(plan.connections)]
        self.free = deque(self.lines)
        self.ended, self.took = array("d"), array("d")
        self.things = self.requests = self.due = 0
        self.failed: Counter[str] = Counter()
        self.first_failure = ""
        self.began = self.until = 0.0
        for line in self.lines:
            self.selector.register(line.socket, READ, line)

    def run(self) -> Result:
        cpu = time.process_time()
        self.began = time.perf_counter()
        self.until = self.began + self.plan.seconds
        try:
            while self._goes_on():
                self._begin_what_is_due()
                for key, mask in self.selector.select(self._patience()):
                    self._serve(key.data, mask)
            return self._result(time.process_time() - cpu)
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        self.selector.close()
        for line in self.lines:
            line.socket.close()

    def _goes_on(self) -> bool:
        now = time.perf_counter()
        if now < self.until:
            return True
        busy = len(self.free) < len(self.lines) or self._next_due() <= now
        return busy and now < self.until + GRACE_SECONDS

    def _next_due(self) -> float:
        """When the next unit begins; after the end of all if there is none."""
        if self.plan.rate is None:
            now = time.perf_counter()
            return now if now < self.until else float("inf")
        at = self.began + self.due / self.plan.rate
        return at if at < self.until else float("inf")

    def _patience(self) -> float:
        now = time.perf_counter()
        last = self.until if now < self.until else self.until + GRACE_SECONDS
        due = self._next_due() if self.free else last
        return max(0.0, min(due, last) - now)

    def _begin_what_is_due(self) -> None:
        while self.free:
            at, now = self._next_due(), time.perf_counter()
            if at > now:
                return
            self.due += 1
            line = self.free.popleft()
            line.since = now if self.plan.rate is None else at
            line.unit = self.talk(line.number)
            self._ask(line, None)

    def _serve(self, line: Line, mask: int) -> None:
        if mask & WRITE and line.flush():
            self.selector.modify(line.socket, READ, line)
        if mask & READ:
            answer = line.receive()
            if answer is not None:
                self._ask(line, answer)

    def _ask(self, line: Line, answer: Answer | None) -> None:
        """Hand the unit its answer; send what it asks next, or note its end."""
        unit = cast("Unit", line.unit)
        try:
            request = next(unit) if answer is None else unit.send(answer)
        except StopIteration as end:
            self._end(line, int(end.value))
        except Unwanted as unwanted:
            self.failed[str(unwanted.status)] += 1
            self.first_failure = self.first_failure or str(unwanted)
            self.free.append(line)
        else:
            self.requests += 1
            if not line.send(request):
                self.selector.modify(line.socket, READ | WRITE, line)

    def _end(self, line: Line, things: int) -> None:
        now = time.perf_counter()
        self.ended.append(now)
        self.took.append(now - line.since)
        self.things += things
        self.free.append(line)

    def _result(self, cpu_s: float) -> Result:
        last = max(self.ended, default=self.began)
        behind = self._waits_from_the_past()
        took = sorted([*self.took, *behind])
        return Result(
            units=len(self.took),
            things=self.things,
            requests=self.requests,
            seconds=max(last - self.began, 1e-9),
            cpu_s=cpu_s,
            p50=_percentile(took, 0.5),
            p95=_percentile(took, 0.95),
            p99=_percentile(took, 0.99),
            longest=_percentile(took, 1.0),
            thirds=self._thirds(),
            failed=dict(self.failed),
            first_failure=self.first_failure,
            behind=len(behind),
            unended=len(self.lines) - len(self.free),
        )

    def _waits_from_the_past(self) -> list[float]:
        """How long those had to wait at least that were due and never begun."""
        rate, now = self.plan.rate, time.perf_counter()
        if rate is None:
            return []
        wanted = int(self.plan.seconds * rate)
        return [now - self.began - n / rate for n in range(self.due, wanted)]

    def _thirds(self) -> list[list[float]]:
        length = self.plan.seconds / 3
        parts: list[list[float]] = [[], [], []]
        for ended, took in zip(self.ended, self.took, strict=True):
            # what was still under way at the end belongs to the last third
            parts[min(int((ended - self.began) / length), 2)].append(took)
        return [[len(part) / length, _percentile(sorted(part), 0.99)] for part in parts]


def _percentile(took: Sequence[float], share: float) -> float:
    """Milliseconds that this share of the sorted seconds stays within (nearest rank)."""
    if not took:
        return 0.0
    return round(1000 * took[math.ceil(share * len(took)) - 1], 3)


def make(plan: Plan) -> Talk:
    module, _, name = plan.talk.partition(":")
    return cast("Talk", getattr(import_module(module), name)(plan.options))


def main() -> int:
    plan = Plan(**json.load(sys.stdin))
    load = Load(plan, make(plan))
    gc.collect()
    # nothing here makes circles, and a collection would count as the service's time
    gc.disable()
    json.dump(asdict(load.run()), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
