"""Registers versions at MLflow and moves aliases; never touches stages."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from registry_bridge.gateways.mlflow_server import (
    MlflowServer,
    is_absent,
    plain_errors,
    quoted,
)
from registry_bridge.gateways.ports import (
    KEY_TAG,
    ChampionMoved,
    Rejected,
    Unreachable,
    Version,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion


class MlflowRegistry:
    def __init__(self, server: MlflowServer) -> None:
        self.server = server

    def healthy(self) -> bool:
        try:
            with plain_errors():
                self._client().search_registered_models(max_results=1)
        except (Unreachable, Rejected):
            return False
        return True

    def register(
        self,
        model_name: str,
        source: str,
        run_id: str | None,
        key: str,
        tags: Mapping[str, str],
    ) -> Version:
        with plain_errors():
            client = self._client()
            _make_model(client, model_name)
            found = client.search_model_versions(
                f"name = {quoted(model_name)} AND tags.`{KEY_TAG}` = {quoted(key)}",
                max_results=1,
            )
            if found:
                return self._read(client, model_name, found[0].version)
            made = client.create_model_version(
                name=model_name,
                source=source,
                run_id=run_id,
                tags={**tags, KEY_TAG: key},
                await_creation_for=0,
                model_id=_model_id(source),
            )
            return self._read(client, model_name, made.version)

    def version(self, model_name: str, version: str) -> Version | None:
        with plain_errors():
            from mlflow.exceptions import MlflowException

            try:
                return self._read(self._client(), model_name, version)
            except MlflowException as error:
                if is_absent(error):
                    return None
                raise

    def versions(self, model_name: str) -> list[Version]:
        with plain_errors():
            client = self._client()
            of_model = f"name = {quoted(model_name)}"
            found = list(client.search_model_versions(of_model, max_results=1000))
            aliases = _aliases(client, model_name) if found else {}
        views = [self._view(each) for each in found]
        views.sort(key=lambda each: int(each.version), reverse=True)
        return [_named(each, aliases) for each in views]

    def alias(self, model_name: str, alias: str) -> Version | None:
        with plain_errors():
            client = self._client()
            number = _aliases(client, model_name).get(alias)
            return self._read(client, model_name, number) if number else None

    def move_alias(
        self, model_name: str, alias: str, to: str, expect: str | None
    ) -> Version:
        with plain_errors():
            client = self._client()
            found = _aliases(client, model_name).get(alias)
            if found not in {to, expect}:
                raise ChampionMoved(alias, found, expect)
            if found != to:
                client.set_registered_model_alias(model_name, alias, to)
            # MLflow lets the last writer win: look who that was
            now = _aliases(client, model_name).get(alias)
            if now != to:
                raise ChampionMoved(alias, now, to)
            return self._read(client, model_name, to)

    def remove_alias(self, model_name: str, alias: str) -> None:
        with plain_errors():
            client = self._client()
            if alias in _aliases(client, model_name):
                client.delete_registered_model_alias(model_name, alias)

    def set_tags(self, model_name: str, version: str, tags: Mapping[str, str]) -> None:
        with plain_errors():
            client = self._client()
            for key, value in tags.items():
                client.set_model_version_tag(model_name, version, key, value)

    def download(self, model_name: str, version: str, into: Path) -> Path:
        if into.is_dir():
            return into
        into.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".new-", dir=into.parent))
        try:
            with plain_errors():
                arrived = self._fetch(model_name, version, beside)
            arrived.replace(into)
        except OSError:
            # another worker was first
            if not into.is_dir():
                raise
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return into

    def url(self, model_name: str, version: str) -> str:
        return f"{self.server.page}/#/models/{model_name}/versions/{version}"

    def _fetch(self, model_name: str, version: str, folder: Path) -> Path:
        from mlflow.artifacts import download_artifacts

        client = self._client()
        place = client.get_model_version_download_uri(model_name, version)
        model_id = _model_id(place)
        if model_id:
            # resolved here, because MLflow would ask the process-wide server
            place = client.get_logged_model(model_id).artifact_location
        arrived = Path(
            download_artifacts(
                artifact_uri=place,
                dst_path=str(folder),
                tracking_uri=self.server.address,
            )
        )
        if not (arrived / "MLmodel").is_file():
            raise Rejected(f"Version {version} of {model_name} holds no MLflow model.")
        return arrived

    def _read(self, client: MlflowClient, model_name: str, version: str) -> Version:
        return self._view(client.get_model_version(model_name, str(version)))

    def _view(self, found: ModelVersion) -> Version:
        return Version(
            model_name=found.name,
            version=str(found.version),
            source=found.source or "",
            run_id=found.run_id or None,
            tags=dict(found.tags),
            aliases=tuple(sorted(found.aliases or ())),
            url=self.url(found.name, str(found.version)),
        )

    def _client(self) -> MlflowClient:
        return self.server.client()


def _model_id(source: str) -> str | None:
    """Return the logged model that an address such as `models:/m-3f…` names."""
    name = source.removeprefix("models:/")
    return name if name != source and name.startswith("m-") else None


def _make_model(client: MlflowClient, model_name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.get_registered_model(model_name)
    except MlflowException as error:
        if not is_absent(error):
            raise
    else:
        return
    try:
        client.create_registered_model(model_name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _aliases(client: MlflowClient, model_name: str) -> dict[str, str]:
    """Return which version each alias names; reading a missing alias is an error there."""
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_registered_model(model_name).aliases
    except MlflowException as error:
        if is_absent(error):
            return {}
        raise
    return {alias: str(version) for alias, version in found.items()}


def _named(version: Version, aliases: Mapping[str, str]) -> Version:
    names = sorted(name for name, of in aliases.items() if of == version.version)
    return replace(version, aliases=tuple(names))
