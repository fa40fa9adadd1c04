"""MLflow's own server, run beside us: its command, and whether it really answers."""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from config.embedded.children import Spec
from config.home import DATABASE_USER, SOCKET_PORT, Home

DATABASE = "mlflow"
# it is another program: none of our secrets
NOT_FOR_IT = ("OVERREAD_", "DJANGO_", "DATABASE_URL", "MLFLOW_TRACKING_URI")


def spec(home: Home, port: int, database: str, environment: Mapping[str, str]) -> Spec:
    """Say how to start the server on that port with that database."""
    artifacts = home.mlflow_dir / "artifacts"
    artifacts.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", database]
    command += ["--artifacts-destination", artifacts.as_uri()]
    command += ["--uvicorn-opts", "--no-access-log"]
    return Spec(
        name="mlflow",
        command=command,
        log=home.logs_dir / "mlflow.log",
        environment=_environment(environment),
        folder=str(home.mlflow_dir),
    )


def database(home: Home, url: str) -> str:
    """Return SQLAlchemy's address: beside the database of that URL, else embedded."""
    if url:
        parts = urlsplit(url)
        scheme, path = "postgresql+psycopg", f"/{DATABASE}"
        return parts._replace(scheme=scheme, path=path).geturl()
    # unquoted, a folder with a plus or a percent sign in its name is never found
    folder = quote(os.fspath(home.socket_dir), safe="")
    at = f"{DATABASE_USER}@/{DATABASE}?host={folder}&port={SOCKET_PORT}"
    return f"postgresql+psycopg://{at}"


def answers(url: str) -> bool:
    """Tell whether it answers from its database; /health answers without one."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request(
            "POST",
            "/api/2.0/mlflow/experiments/search",
            body=json.dumps({"max_results": 1}),
            headers={"Content-Type": "application/json"},
        )
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith(NOT_FOR_IT)
    }
    # its runner for background jobs is eight more processes, two gigabytes
    kept["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    kept.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    return kept
