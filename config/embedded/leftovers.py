"""Ends what a killed service left running. Only who holds the home's lock may ask."""

from __future__ import annotations

from contextlib import suppress

import psutil

from config.embedded.services import MARK
from config.home import Home

PATIENCE = 8.0


def end(home: Home) -> int:
    """End every process that an earlier service of this home started; say how many.

    PostgreSQL does not carry the mark: it ends by itself, and is waited for.
    """
    left = [process for process in psutil.process_iter() if _is_left(process, home)]
    for process in left:
        with suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=PATIENCE if left else 0)
    for process in stubborn:
        with suppress(psutil.Error):
            process.kill()
    return len(left)


def _is_left(process: psutil.Process, home: Home) -> bool:
    try:
        return process.environ().get(MARK) == str(home.path)
    except (psutil.Error, OSError):
        return False
