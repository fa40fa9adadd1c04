"""What runs beside PostgreSQL and MLflow, and the environment it is given."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from config.embedded.children import Spec
from config.embedded.static_files import CHECKOUT
from config.home import Home

# every process of a home's service carries it, so that leftovers can be told
MARK = "OVERREAD_STACK"
# without compiled files each start would cost seconds
NOT_HANDED_ON = frozenset({"PYTHONDONTWRITEBYTECODE"})


def environment(home: Home, *, addresses: Mapping[str, str]) -> dict[str, str]:
    """Return what a child of this home knows of the world."""
    kept = {
        name: text for name, text in os.environ.items() if name not in NOT_HANDED_ON
    }
    kept.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
    # MLflow asks git for the version of a script, and complains where there is no git
    kept.setdefault("GIT_PYTHON_REFRESH", "quiet")
    return {
        **kept,
        **addresses,
        "OVERREAD_HOME": str(home.path),
        "PYTHONUNBUFFERED": "1",
        # trainings outlive the worker that starts them, never the service
        "OVERREAD_SUPERVISOR_PID": str(os.getpid()),
        MARK: str(home.path),
    }


def prepare(home: Home, environment: Mapping[str, str]) -> Spec:
    return _python(home, "prepare", environment, "-m", "config.embedded.prepare")


def web(home: Home, environment: Mapping[str, str], *, host: str, port: int) -> Spec:
    """One process with a few threads: an open connection each, and little memory.

    OVERREAD_WEB_WORKERS=2 uses a second processor, for 70 MB more.
    """
    workers = environment.get("OVERREAD_WEB_WORKERS", "1")
    arguments = ["-m", "granian", "--interface", "wsgi", "--no-ws", "--no-access-log"]
    arguments += ["--host", host, "--port", str(port), "--workers", workers]
    arguments += ["--blocking-threads", "4", "--respawn-failed-workers"]
    arguments += ["--workers-kill-timeout", "5", "--log-level", "warning"]
    arguments += ["config.wsgi:application"]
    return _python(home, "web", environment, *arguments)


def web_answers(url: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        connection.request("GET", "/livez", headers={"Host": "127.0.0.1"})
        # the operator may have allowed other names than this one, answered by 400
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def worker(home: Home, environment: Mapping[str, str]) -> Spec:
    return _manage(home, "worker", environment, "worker", "--long-jobs")


def hosting(home: Home, environment: Mapping[str, str], *, port: int) -> Spec:
    arguments = ["-m", "registry_bridge.gateways.local_hosting"]
    arguments += ["--home", str(home.path), "--port", str(port)]
    return _python(home, "hosting", environment, *arguments)


def waits(home: Home, environment: Mapping[str, str], *, port: int) -> Spec:
    arguments = ["-m", "config.waits", "--port", str(port)]
    return _python(home, "waits", environment, *arguments)


def _manage(
    home: Home, name: str, environment: Mapping[str, str], *arguments: str
) -> Spec:
    manage = str(CHECKOUT / "manage.py")
    # the checks load every page, which a worker never shows
    return _python(home, name, environment, manage, *arguments, "--skip-checks")


def _python(
    home: Home, name: str, environment: Mapping[str, str], *arguments: str
) -> Spec:
    return Spec(
        name=name,
        command=[sys.executable, *arguments],
        log=home.logs_dir / f"{name}.log",
        environment=environment,
        folder=str(CHECKOUT),
    )
