"""What a container does: `web`, `worker`, `long-jobs`, `waits`, `migrate`, or a command."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

PORT = "8080"
PYTHON = sys.executable
PARTS: dict[str, Sequence[str]] = {
    "worker": ("manage.py", "worker", "--skip-checks"),
    "long-jobs": ("manage.py", "qcluster", "--skip-checks"),
    "waits": ("-m", "config.waits", "--host", "0.0.0.0", "--port", PORT),  # noqa: S104
    "migrate": ("-m", "config.embedded.prepare"),
}
# these listen, so they can be asked how they are
LISTEN = (b"granian", b"config.embedded.supervisor")
WAITS = b"config.waits"


def command(arguments: Sequence[str]) -> list[str]:
    """Return what the container's arguments mean."""
    part, *rest = arguments or ["web"]
    if part == "web":
        return [PYTHON, *_web(), *rest]
    return [PYTHON, *PARTS.get(part, ("manage.py", part)), *rest]


def missing(part: str) -> str:
    """Say what the environment lacks, or nothing."""
    if part not in {"web", *PARTS} or os.environ.get("DATABASE_URL"):
        return ""
    return (
        "Set DATABASE_URL: this container has no database of its own. For a try, build "
        "with EMBEDDED=1 and run `up --host 0.0.0.0`."
    )


def health(main: bytes | None = None) -> int:
    """Return 0 when well: the pages answer, or the main process has no pages."""
    main = Path("/proc/1/cmdline").read_bytes() if main is None else main
    path = "wait/alive" if WAITS in main else "livez"
    if not any(name in main for name in (*LISTEN, WAITS)):
        return 0
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{PORT}/{path}", timeout=4).close()
    except urllib.error.HTTPError as answer:
        # the name of this request need not be one the operator allows
        return 0 if answer.code == 400 else 1
    except OSError:
        return 1
    return 0


def _web() -> list[str]:
    threads = os.environ.get("OVERREAD_WEB_THREADS", "4")
    workers = os.environ.get("OVERREAD_WEB_WORKERS", "1")
    options = ["--interface", "wsgi", "--no-ws", "--no-access-log"]
    options += ["--host", "0.0.0.0", "--port", PORT, "--workers", workers]  # noqa: S104
    options += ["--blocking-threads", threads, "--respawn-failed-workers"]
    return ["-m", "granian", *options, "config.wsgi:application"]


def main(arguments: Sequence[str]) -> int:
    part = arguments[0] if arguments else "web"
    if part == "health":
        return health()
    lack = missing(part)
    if not lack:
        os.execv(PYTHON, command(arguments))  # noqa: S606
    sys.stderr.write(f"{lack}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
