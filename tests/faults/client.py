"""One round of the demonstration as its clients see it, in a process of its own.

`python -m tests.faults.client SEED` with OVERREAD_HOME: drives the service that runs there
and writes what was acknowledged as the last line, one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django


def main(seed: int) -> None:
    from config.home import home
    from examples.digits.dataset import shared_out
    from examples.digits.demo.desk import set_up
    from examples.digits.demo.progress import Progress
    from examples.digits.demo.run import tell
    from examples.digits.demo.story import Story

    url = json.loads(home().state_file.read_text())["url"]
    with ThreadPoolExecutor(1) as pool:
        story = Story(url, set_up(home().path), seed)
        tell(story, Progress(), pool.submit(shared_out, seed), once=True)
    sys.stdout.write(json.dumps(acknowledged(story)) + "\n")


def acknowledged(story: Any) -> dict[str, Any]:
    """Everything that the service said it had."""
    return {
        "project": story.desk.slug,
        "predictions": {each.digit.name: each.decision for each in story.told.sent},
        "answers": [key for person in story.people for key in person.acknowledged],
        "gold": story.told.gold,
        "versions": [story.told.champion_before, story.told.champion_after],
        "runs": story.told.mlflow_run_ids,
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
    django.setup()
    main(int(sys.argv[1]))
