"""How long a reviewer waits between a key and the next task on the screen, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from benchmarks import marked
from benchmarks.bench import Bench, Topic
from benchmarks.browser import FRAMES, Desk, chromium, desk, median_and_p95
from benchmarks.figures import Figure, found
from benchmarks.service import command, token

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGES = Path(__file__).with_name("pages")
ANSWERS, FEWER = 60, 30
WAITING, MARKED, LONG = 1_000, 220, 12
BATCH = 10
SLOWED = 4
PAN_SECONDS = 3
# What a person does on such a page: words are marked, a box is drawn and named; then Enter.
# Some tasks are blind: there is nothing yet to choose from.
TEXT_KEYS = ("1", "Enter")
SPANS_KEYS = ("ArrowRight", "Shift+ArrowRight", "1", "Enter")
BOXES_KEYS = ("b", "ArrowRight", "2", "Enter")

P95 = {"text": 33.4, "spans": 50.0, "boxes": 50.0, "slow": 80.0}


def text(bench: Bench) -> Iterator[Figure]:
    bench.wait_for(WAITING)
    with chromium() as browser:
        with desk(browser, bench.service, "bench", bench.queue) as page:
            yield _paint("text", page, ANSWERS, TEXT_KEYS)
            cold, refused = page.longest_task_ms(), page.violations()
            yield _script("text", page)
            yield found("csp_violations", refused)
            yield found("longest_task_cold_ms", cold)
        with desk(browser, bench.service, "bench", bench.queue) as page:
            page.slowed(SLOWED)
            yield _paint("slow", page, FEWER, TEXT_KEYS)


def spans(bench: Bench) -> Iterator[Figure]:
    rows = [marked.text(number) for number in range(MARKED)]
    queue = _send(bench, "spans", rows)
    with chromium() as browser:
        with desk(browser, bench.service, "bench-spans", queue) as page:
            yield _paint("spans", page, ANSWERS, SPANS_KEYS)
            yield _script("spans", page)
        _withdraw(queue)
        _send(bench, "spans", [marked.text(MARKED + n, long=True) for n in range(LONG)])
        with desk(browser, bench.service, "bench-spans", queue) as page:
            took = page.answer(LONG // 2, ("Enter",))
            yield found("open_long_text_ms", max(took))


def boxes(bench: Bench) -> Iterator[Figure]:
    rows = [marked.picture(number) for number in range(MARKED)]
    queue = _send(bench, "boxes", rows)
    with chromium() as browser:
        with desk(browser, bench.service, "bench-boxes", queue) as page:
            yield _paint("boxes", page, ANSWERS, BOXES_KEYS)
            yield _script("boxes", page)
        _withdraw(queue)
        _send(bench, "boxes", [marked.picture(MARKED, many=True)])
        yield _pan(browser, bench, queue)


def _paint(name: str, page: Desk, tasks: int, keys: tuple[str, ...]) -> Figure:
    median, p95 = median_and_p95(page.answer(tasks, keys))
    late = [f"p95 {p95:.1f} ms is above {P95[name]}"] if p95 > P95[name] else []
    return found(f"key_to_paint_{name}_ms", median, also=late, note=f"p95 {p95:.1f}")


def _script(name: str, page: Desk) -> Figure:
    first, hands, whole = page.script_kb()
    note = f"{whole:.1f} KB in the end"
    if hands:
        note = f"{hands:.1f} KB behind it for keys and pointer; {note}"
    return found(f"script_{name}_gzip_kb", first, note=note)


def _pan(browser: Browser, bench: Bench, queue: int) -> Figure:
    """A picture with hundreds of boxes, enlarged, dragged back and forth."""
    with desk(browser, bench.service, "bench-boxes", queue) as page:
        for _ in range(3):
            page.page.keyboard.press("+")
        box = page.page.locator("#fields").bounding_box()
        assert box  # noqa: S101 (it was waited for)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.page.evaluate(f"window.frames_seen = ({FRAMES})({PAN_SECONDS})")
        page.page.mouse.move(x, y)
        page.page.mouse.down(button="middle")
        for step in range(60 * PAN_SECONDS):
            page.page.mouse.move(x + 80 * (step % 20 - 10) / 10, y + step % 30)
        page.page.mouse.up(button="middle")
        return found("pan_frames_per_s", page.page.evaluate("window.frames_seen"))


def _send(bench: Bench, name: str, rows: list[dict[str, Any]]) -> int:
    """Let these rows wait in a project of their own; the number of its queue."""
    project = f"bench-{name}"
    command("apply", PAGES / f"{name}.yaml")
    secret = token("endpoint", f"Benchmark, {name}", project=project)
    url = f"{bench.service.url}/api/v1/projects/{project}/predictions"
    for begin in range(0, len(rows), BATCH):
        reply = requests.post(
            url,
            json={"predictions": rows[begin : begin + BATCH]},
            headers={"Authorization": f"Bearer {secret}"},
            timeout=60,
        )
        reply.raise_for_status()
    from reviewer.models import Queue

    return Queue.objects.get(project__slug=project, purpose="review").pk


def _withdraw(queue: int) -> None:
    """Nothing waits any more: what comes next is what is measured next."""
    from reviewer.models import QueueItem

    states = QueueItem.State
    waiting = QueueItem.objects.filter(
        queue=queue, state__in=(states.OPEN, states.LEASED)
    )
    waiting.update(state=states.WITHDRAWN, lease_by=None, lease_until=None)


TOPICS = (
    Topic(
        (
            *("key_to_paint_text_ms", "script_text_gzip_kb", "csp_violations"),
            *("longest_task_cold_ms", "key_to_paint_slow_ms"),
        ),
        text,
    ),
    Topic(
        ("key_to_paint_spans_ms", "script_spans_gzip_kb", "open_long_text_ms"), spans
    ),
    Topic(("key_to_paint_boxes_ms", "script_boxes_gzip_kb", "pan_frames_per_s"), boxes),
)
