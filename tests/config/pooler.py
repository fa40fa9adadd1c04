"""A real PgBouncer in transaction mode before the tests' own server, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from config.embedded.accounts import server_account
from config.embedded.children import Spec, spawn
from config.home import DATABASE_USER, SOCKET_PORT
from tests.config.running import eventually, free_port

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin:/sbin")
SETTINGS = """
[databases]
pooled = host={socket} port={port} dbname={database} user={user}

[pgbouncer]
pool_mode = transaction
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
default_pool_size = {sessions}
max_client_conn = 100
; what a session was told is not undone: whoever relies on it is found out
server_reset_query =
"""


@contextmanager
def pooler(socket: str, database: str, *, sessions: int) -> Iterator[int]:
    """The port of a pooler that shares so few sessions among everybody."""
    if PROGRAM is None:
        pytest.skip("pgbouncer is not installed: apt-get install pgbouncer")
    # by descriptor: the account need not be able to walk to the socket's folder
    opened = os.open(socket, os.O_RDONLY | os.O_DIRECTORY)
    with tempfile.TemporaryDirectory(prefix="overread-") as folder:
        Path(folder).chmod(0o755)
        listen, file = free_port(), Path(folder) / "pgbouncer.ini"
        file.write_text(
            SETTINGS.format(
                socket=f"/proc/self/fd/{opened}",
                port=SOCKET_PORT,
                database=database,
                user=DATABASE_USER,
                listen=listen,
                sessions=sessions,
            )
        )
        file.chmod(0o644)
        process = _start(PROGRAM, file, opened)
        os.close(opened)
        try:
            url = f"postgresql://{DATABASE_USER}@127.0.0.1:{listen}/pooled"
            assert eventually(lambda: _answers(url), seconds=10), _said(file)
            yield listen
        finally:
            process.terminate()
            process.wait(10)


def _start(program: str, file: Path, opened: int) -> subprocess.Popen[bytes]:
    """Under the account that may open the server's socket; it refuses to be root."""
    return spawn(
        Spec(
            name="pgbouncer",
            command=[program, str(file)],
            log=file.with_name("pgbouncer.log"),
            account=server_account(),
            descriptors=[opened],
        )
    )


def _said(file: Path) -> str:
    return file.with_name("pgbouncer.log").read_text()


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
