"""A private PostgreSQL server in the home: made once, started, stopped, mended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

from config.embedded.accounts import binaries, server_account
from config.embedded.children import Account, Spec, spawn
from config.embedded.trouble import CannotStart, DatabaseFailed
from config.home import DATABASE_USER, SOCKET_PORT, Home

START_SECONDS = 60.0  # a crash recovery may take its time
STOP_SECONDS = 10.0
MEGABYTE = 1024 * 1024
MAKE_DATABASE = r"""
SELECT format('CREATE DATABASE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
"""
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(SOCKET_PORT),
    "max_connections": "100",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    # the walk to the next task passes dead rows until they are vacuumed
    "autovacuum_naptime": "15s",
    # each idle helper process costs memory
    "max_logical_replication_workers": "0",
    "io_workers": "1",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Postgres:
    """The server of one home. Whoever starts it must hold the home's lock."""

    def __init__(self, home: Home, *, settings: Mapping[str, str] | None = None):
        self.home = home
        self.settings = {**SETTINGS, "shared_buffers": _buffers(), **(settings or {})}
        self.account: Account | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and return once it answers; make it first if need be."""
        self.account = server_account()
        self._make_folders()
        if not self.home.postgres_dir.exists():
            self._make_cluster()
        clear_leftovers(self.home)
        self.process = self._spawn()
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Shut down cleanly: sessions are cut, everything is on disk."""
        if self.process is None:
            return
        for order in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with suppress(ProcessLookupError):
                self.process.send_signal(order)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
                break
        self.process = None
        self._remove_folder_outside()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def make_database(self, name: str) -> None:
        """Make the database unless it is there."""
        done = self._ask(MAKE_DATABASE, f"--set=name={name}")
        if done.returncode != 0:
            raise DatabaseFailed(f"No database {name}: {done.stderr.strip()}")

    @property
    def log(self) -> Path:
        return self.home.logs_dir / "postgres.log"

    def _make_folders(self) -> None:
        self.home.make()
        self.home.logs_dir.mkdir(mode=0o700, exist_ok=True)
        folder = self.home.socket_dir
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        owners = {os.geteuid(), self.account.uid if self.account else os.geteuid()}
        # a folder under /tmp may have been put there by somebody else
        if folder.is_symlink() or folder.stat().st_uid not in owners:
            raise CannotStart(
                f"The folder {folder} belongs to somebody else. Choose a shorter home "
                "with --home, so that the database's socket fits into it."
            )
        folder.chmod(0o700)
        self._give(folder)

    def _remove_folder_outside(self) -> None:
        """Remove the socket's folder if the home was too deep to hold it."""
        if not self.home.socket_dir.is_relative_to(self.home.path):
            with suppress(OSError):
                self.home.socket_dir.rmdir()

    def _give(self, folder: Path) -> None:
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)

    def _make_cluster(self) -> None:
        """Run initdb beside its final place: half a cluster is never taken for one."""
        draft = self.home.path / "pg.tmp"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._give(draft)
        options = ["--username", DATABASE_USER, "--encoding", "UTF8"]
        options += ["--locale-provider=builtin", "--locale=C.UTF-8"]
        options += ["--auth-local=trust", "--auth-host=reject"]
        if self.settings.get("fsync") == "off":
            options.append("--no-sync")
        code = self._run("initdb", draft, *options).wait()
        if code != 0:
            raise DatabaseFailed(f"initdb failed ({code}); see {self.log}.")
        draft.rename(self.home.postgres_dir)

    def _spawn(self) -> subprocess.Popen[bytes]:
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        return self._run("postgres", self.home.postgres_dir, *options)

    def _run(self, program: str, data: Path, *options: str) -> subprocess.Popen[bytes]:
        with ExitStack() as stack:
            folders = [_Folder(data), _Folder(self.home.socket_dir)]
            # by descriptor: the account need not be able to walk to the home
            names = [stack.enter_context(folder) for folder in folders]
            if program == "postgres":
                options += (f"--unix_socket_directories={names[1]}",)
            return spawn(
                Spec(
                    name="postgres",
                    command=[
                        str(binaries(self.account) / program),
                        "-D",
                        names[0],
                        *options,
                    ],
                    log=self.log,
                    environment={"LC_ALL": "C", "PATH": os.defpath},
                    orphan_signal=signal.SIGINT,
                    account=self.account,
                    descriptors=[folder.descriptor for folder in folders],
                )
            )

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process is None or self.process.poll() is not None:
                raise DatabaseFailed(f"PostgreSQL did not start; see {self.log}.")
            if time.monotonic() > deadline:
                self.stop()
                raise DatabaseFailed(f"PostgreSQL does not answer; see {self.log}.")
            time.sleep(0.02)

    def _answers(self) -> bool:
        return self._ask("SELECT 1").returncode == 0

    def _ask(self, script: str, *options: str) -> subprocess.CompletedProcess[str]:
        """By the server's own client: a library would stay in memory for two questions."""
        program = str(binaries(self.account) / "psql")
        command = [program, self.home.database_url("postgres")]
        command += ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *options]
        return subprocess.run(
            command,
            input=script,
            capture_output=True,
            text=True,
            check=False,
            env={"LC_ALL": "C", "PATH": os.defpath, "PGCONNECT_TIMEOUT": "2"},
        )


class _Folder:
    """An open folder, named so that a child that inherits it can use the name."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> str:
        self.descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        name = Path(f"/proc/self/fd/{self.descriptor}")
        return str(name if name.exists() else self.path)

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)


def clear_leftovers(home: Home, *, patience: float = 15.0) -> None:
    """Remove what a killed server left, unless that server still lives.

    PostgreSQL refuses to start while the process number in its lock file is in use,
    even when it now belongs to another program or to a dead, unreaped process.
    """
    lock = home.postgres_dir / "postmaster.pid"
    deadline = time.monotonic() + patience
    while _still_serving(home, _pid_in(lock)):
        if time.monotonic() > deadline:
            raise DatabaseFailed(
                f"A PostgreSQL server (process {_pid_in(lock)}) still uses "
                f"{home.postgres_dir}. Stop it, then start again."
            )
        time.sleep(0.1)
    lock.unlink(missing_ok=True)
    socket = home.socket_dir / f".s.PGSQL.{SOCKET_PORT}"
    socket.unlink(missing_ok=True)
    socket.with_name(f"{socket.name}.lock").unlink(missing_ok=True)


def _pid_in(lock: Path) -> int | None:
    with suppress(OSError, ValueError, IndexError):
        return int(lock.read_text().splitlines()[0])
    return None


def _still_serving(home: Home, pid: int | None) -> bool:
    """Tell whether that server, or a session it left, still works in this folder."""
    if pid is None:
        return False
    return any(_serves(process, home) for process in psutil.process_iter())


def _serves(process: psutil.Process, home: Home) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE or process.name() != "postgres":
            return False
        return Path(process.cwd()) == home.postgres_dir.resolve()
    except psutil.Error:
        return False


def _buffers() -> str:
    """A sixteenth of the memory, 128 MB to 1 GB; what is not used costs nothing."""
    total = psutil.virtual_memory().total // MEGABYTE
    return f"{min(max(total // 16, 128), 1024)}MB"
