"""A training job's /opt/ml: configuration, data, checkpoints of the try before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.sagemaker.children import ROOT
from tests.sagemaker.errors import Refusal
from tests.sagemaker.store import NothingThere
from tests.sagemaker.training_job import TrainingJob


def checkpoints(job: TrainingJob) -> Path:
    place = job.params["CheckpointConfig"].get("LocalPath", f"{ROOT}/checkpoints")
    return job.folder / Path(place).relative_to(ROOT)


def lay_out(job: TrainingJob) -> None:
    """Make /opt/ml: configuration, data, checkpoints of the try before."""
    # another try has another machine
    for left in job.folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    config = job.folder / "input" / "config"
    data = job.folder / "input" / "data"
    for folder in (config, data, job.folder / "model", job.folder / "output" / "data"):
        folder.mkdir(parents=True, exist_ok=True)
    channels = {
        each["ChannelName"]: each for each in job.params.get("InputDataConfig", [])
    }
    _write(config / "hyperparameters.json", job.params.get("HyperParameters", {}))
    _write(config / "resourceconfig.json", _machines(job.params["ResourceConfig"]))
    mode = job.params["AlgorithmSpecification"]["TrainingInputMode"]
    settings = {name: _setting(each, mode) for name, each in channels.items()}
    _write(config / "inputdataconfig.json", settings)
    for name, channel in channels.items():
        _download(job, channel, data / name)
    kept = job.params.get("CheckpointConfig")
    if kept:
        checkpoints(job).mkdir(parents=True, exist_ok=True)
        job.standin.store.download(kept["S3Uri"], checkpoints(job))


def _download(job: TrainingJob, channel: Mapping[str, Any], folder: Path) -> None:
    source = channel["DataSource"].get("S3DataSource")
    modes = {job.params["AlgorithmSpecification"]["TrainingInputMode"]}
    modes = {channel["InputMode"]} if "InputMode" in channel else modes
    if source is None or "Pipe" in modes:
        job.standin.problems.append(
            "The stand-in knows File and FastFile from S3 only."
        )
        raise Refusal("ClientError", "not done by the stand-in")
    folder.mkdir(exist_ok=True)
    uris = [source["S3Uri"]]
    if source["S3DataType"] == "ManifestFile":
        first, *rest = json.loads(job.standin.store.get(source["S3Uri"]))
        uris = [first["prefix"] + each for each in rest]
    for uri in uris:
        if not job.standin.store.download(uri, folder):
            raise NothingThere(
                f'No S3 objects found under S3 URL "{uri}" given in input data source.'
            )


def _setting(channel: Mapping[str, Any], mode: str) -> dict[str, str]:
    source = channel["DataSource"].get("S3DataSource", {})
    return {
        "TrainingInputMode": channel.get("InputMode", mode),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }


def _machines(config: Mapping[str, Any]) -> dict[str, Any]:
    kind = config.get("InstanceType", "")
    return {
        "current_host": "algo-1",
        "hosts": ["algo-1"],
        "network_interface_name": "lo",
        "current_instance_type": kind,
        "current_group_name": "homogeneousCluster",
        "instance_groups": [
            {
                "instance_group_name": "homogeneousCluster",
                "instance_type": kind,
                "hosts": ["algo-1"],
            }
        ],
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content))
