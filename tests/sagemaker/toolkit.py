"""What SageMaker's framework images do on `train`: fetch the script, run it with SM_*.

A program of its own, run inside the job's /opt/ml; written after sagemaker-training.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
FAILURE = BASE / "output" / "failure"
OWN = "sagemaker_"


def main() -> int:
    given = json.loads((BASE / "input/config/hyperparameters.json").read_text())
    plain = {name: _plain(value) for name, value in given.items()}
    program = plain.get("sagemaker_program") or os.environ.get("SAGEMAKER_PROGRAM")
    if not program:
        FAILURE.write_text("ImproperlyConfiguredException: no sagemaker_program")
        return 1
    place = plain.get("sagemaker_submit_directory") or os.environ.get(
        "SAGEMAKER_SUBMIT_DIRECTORY"
    )
    code = _fetch(str(place or BASE / "input/data/code"))
    own = {name: value for name, value in plain.items() if not name.startswith(OWN)}
    arguments = [
        part for name, value in own.items() for part in (f"--{name}", str(value))
    ]
    done = subprocess.run(
        [sys.executable, str(program), *arguments],
        cwd=code,
        env={**os.environ, **_variables(own, code, str(program))},
        check=False,
    )
    if done.returncode and not FAILURE.exists():
        FAILURE.write_text(f"ExecuteUserScriptError:\nExitCode {done.returncode}")
    return 1 if done.returncode else 0


def _plain(value: str) -> Any:
    """Values may be JSON, as SageMaker's SDK writes them, or plain text."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _fetch(place: str) -> Path:
    code = BASE / "code"
    if not place.startswith("s3://") and Path(place).is_dir():
        packed = Path(place) / "sourcedir.tar.gz"
        if not packed.is_file():
            return Path(place)
        place = str(packed)
    with tarfile.open(fileobj=io.BytesIO(_bytes(place)), mode="r:gz") as archive:
        archive.extractall(code, filter="data")
    return code


def _bytes(place: str) -> bytes:
    if not place.startswith("s3://"):
        return Path(place).read_bytes()
    import boto3

    bucket, _, key = place.removeprefix("s3://").partition("/")
    found: bytes = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return found


def _variables(given: dict[str, Any], code: Path, program: str) -> dict[str, str]:
    machines = json.loads((BASE / "input/config/resourceconfig.json").read_text())
    channels = json.loads((BASE / "input/config/inputdataconfig.json").read_text())
    data, output = BASE / "input" / "data", BASE / "output"
    return {
        "SM_MODEL_DIR": str(BASE / "model"),
        "SM_INPUT_DIR": str(BASE / "input"),
        "SM_INPUT_CONFIG_DIR": str(BASE / "input" / "config"),
        "SM_INPUT_DATA_CONFIG": json.dumps(channels),
        "SM_OUTPUT_DIR": str(output),
        "SM_OUTPUT_DATA_DIR": str(output / "data"),
        "SM_CHANNELS": json.dumps(sorted(channels)),
        **{f"SM_CHANNEL_{name.upper()}": str(data / name) for name in channels},
        "SM_HPS": json.dumps(given),
        **{
            f"SM_HP_{name.upper().replace('-', '_')}": str(v)
            for name, v in given.items()
        },
        "SM_HOSTS": json.dumps(machines["hosts"]),
        "SM_CURRENT_HOST": machines["current_host"],
        "SM_CURRENT_INSTANCE_TYPE": machines["current_instance_type"],
        "SM_NUM_CPUS": str(os.cpu_count() or 1),
        "SM_NUM_GPUS": "0",
        "SM_MODULE_DIR": str(code),
        "SM_USER_ENTRY_POINT": program,
        "SM_LOG_LEVEL": "20",
    }


if __name__ == "__main__":
    sys.exit(main())
