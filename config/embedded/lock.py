"""One service for each home: the kernel frees the lock however its holder ends."""

from __future__ import annotations

import fcntl
import os
from types import TracebackType

from config.embedded.trouble import AlreadyRunning
from config.home import Home


class Lock:
    """Held while the service runs; the file names the process that holds it."""

    def __init__(self, home: Home):
        self.home = home
        self.descriptor = -1

    def __enter__(self) -> Lock:
        self.home.make()
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self.descriptor = os.open(self.home.lock_file, flags, 0o600)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self.descriptor, 20).decode().strip() or "unknown"
            os.close(self.descriptor)
            raise AlreadyRunning(
                f"Overread already runs in {self.home.path} (process {holder}). "
                "Stop that one, or choose another home with --home."
            ) from None
        os.ftruncate(self.descriptor, 0)
        os.write(self.descriptor, f"{os.getpid()}\n".encode())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self.descriptor)
