"""The home folder: where a service keeps its data, its logs and its secrets."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import secrets as randomness
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

# sun_path of a unix socket holds 108 bytes, the closing zero included
LONGEST_SOCKET = 107
SOCKET_PORT = 5432
DATABASE_USER = "overread"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What nobody else may know; made once, on the first start."""

    secret_key: str
    fernet_keys: tuple[str, ...]
    token_pepper: str


@dataclass(frozen=True, slots=True)
class Home:
    """One home folder: names of what lies in it, and its secrets."""

    path: Path

    @property
    def postgres_dir(self) -> Path:
        return self.path / "pg"

    @property
    def socket_dir(self) -> Path:
        return socket_folder(self.path)

    @property
    def logs_dir(self) -> Path:
        return self.path / "logs"

    @property
    def objects_dir(self) -> Path:
        return self.path / "objects"

    @property
    def serving_dir(self) -> Path:
        return self.path / "serving"

    @property
    def jobs_dir(self) -> Path:
        return self.path / "jobs"

    @property
    def static_dir(self) -> Path:
        return self.path / "static"

    @property
    def mlflow_dir(self) -> Path:
        return self.path / "mlflow"

    @property
    def backups_dir(self) -> Path:
        return self.path / "backups"

    @property
    def secrets_file(self) -> Path:
        return self.path / "secrets.json"

    @property
    def lock_file(self) -> Path:
        return self.path / "lock"

    @property
    def ports_file(self) -> Path:
        return self.path / "ports.json"

    @property
    def state_file(self) -> Path:
        return self.path / "state.json"

    def database_url(self, name: str = "overread") -> str:
        """Return libpq's address of a database of the embedded server."""
        folder = quote(str(self.socket_dir), safe="")
        return f"postgresql://{DATABASE_USER}@/{name}?host={folder}&port={SOCKET_PORT}"

    def ports(self) -> dict[str, int]:
        """Return the ports that the parts beside the pages listen on, once chosen."""
        if not self.ports_file.exists():
            return {}
        return {
            name: int(n) for name, n in json.loads(self.ports_file.read_text()).items()
        }

    def address(self, name: str) -> str:
        """Return where `mlflow`, `hosting` or `waits` listens; empty before a start."""
        port = self.ports().get(name)
        return f"http://127.0.0.1:{port}" if port else ""

    def make(self) -> None:
        """Make the folder; only its owner may look inside."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def secrets(self) -> Secrets:
        """Return the secrets; the first call makes them, for all callers the same."""
        if not self.secrets_file.exists():
            self.make()
            _write_once(self.secrets_file, json.dumps(asdict(_new_secrets()), indent=1))
        kept = json.loads(self.secrets_file.read_text())
        return Secrets(
            secret_key=kept["secret_key"],
            fernet_keys=tuple(kept["fernet_keys"]),
            token_pepper=kept["token_pepper"],
        )


def home() -> Home:
    """Return the home named by OVERREAD_HOME, else .overread beside manage.py."""
    named = os.environ.get("OVERREAD_HOME")
    return Home(Path(named or _project_root() / ".overread").expanduser().absolute())


def choose_home(arguments: Sequence[str]) -> None:
    """Let `--home DIR` of a command line name the home, for this process and on.

    A demonstration never mixes with real data: it has a home of its own.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--home")
    chosen = parser.parse_known_args(arguments)[0].home
    if chosen:
        os.environ["OVERREAD_HOME"] = str(Path(chosen).expanduser().absolute())
    elif arguments[1:2] == ["demo"]:
        name = "demo-once" if "--once" in arguments else "demo"
        own = _project_root() / ".overread" / name
        os.environ.setdefault("OVERREAD_HOME", str(own))


def socket_folder(path: Path) -> Path:
    """Return where the database's socket lies: in the home, if its name fits there."""
    inside = path / "run"
    if len(os.fsencode(inside / f".s.PGSQL.{SOCKET_PORT}")) <= LONGEST_SOCKET:
        return inside
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    # not TMPDIR: every process of this home must come to the same name
    return Path(f"/tmp/overread-{os.getuid()}-{digest}")  # noqa: S108


def _project_root() -> Path:
    checkout = Path(__file__).resolve().parent.parent
    return checkout if (checkout / "manage.py").exists() else Path.cwd()


def _new_secrets() -> Secrets:
    return Secrets(
        secret_key=randomness.token_urlsafe(48),
        fernet_keys=(base64.urlsafe_b64encode(os.urandom(32)).decode(),),
        token_pepper=randomness.token_urlsafe(32),
    )


def _write_once(path: Path, text: str) -> None:
    """Write the file whole or not at all; who comes second keeps the first one's."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{randomness.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # a link, unlike a rename, fails when the name is taken
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
