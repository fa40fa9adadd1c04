"""MLflow's database on the operator's own server, beside the service's."""

from __future__ import annotations

import psycopg
from psycopg import sql

from config.embedded.mlflow_server import DATABASE
from config.embedded.trouble import DatabaseFailed


def make_neighbour(url: str) -> None:
    """Make the database unless it is there."""
    try:
        with psycopg.connect(url, autocommit=True) as db:
            _make(db)
    except psycopg.OperationalError as error:
        raise DatabaseFailed(f"DATABASE_URL does not answer: {error}") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseFailed(
            "The account in DATABASE_URL may not make a database. Make one named "
            f"{DATABASE} for it, or set MLFLOW_TRACKING_URI to a server of yours."
        ) from error


def _make(db: psycopg.Connection) -> None:
    known = db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
    if known.fetchone() is None:
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
