"""SageMaker's script-mode contract: what a training script is told. Stdlib only, one file.

It is also sent along with every training on SageMaker and run there (`python3
script_mode.py`), where nothing else of Overread is: any image with Python will do, and a
script finds the same as on our own machine.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Of the job's environment: the script in the archive, and what it is started by.
SCRIPT, LAUNCHER, PROCESSES = (
    "OVERREAD_SCRIPT",
    "OVERREAD_LAUNCHER",
    "OVERREAD_PROCESSES",
)
# The channel that this file and the archive of the script come by.
CODE = "code"
ARCHIVE = "sourcedir.tar.gz"
PORT = "7777"


def variables(
    folder: Path,
    script: Path,
    channels: Sequence[str],
    hyperparameters: Mapping[str, str],
    machines: Mapping[str, Any],
) -> dict[str, str]:
    """The variables that SageMaker's toolkits set; `folder` is what it calls /opt/ml.

    `machines`: resourceconfig.json.
    """
    inputs, output = folder / "input", folder / "output"
    hosts, here = machines["hosts"], machines["current_host"]
    found = {
        "SM_MODEL_DIR": str(folder / "model"),
        "SM_INPUT_DIR": str(inputs),
        "SM_INPUT_DATA_DIR": str(inputs / "data"),
        "SM_INPUT_CONFIG_DIR": str(inputs / "config"),
        "SM_OUTPUT_DIR": str(output),
        "SM_OUTPUT_DATA_DIR": str(output / "data"),
        "SM_OUTPUT_FAILURE": str(output / "failure"),
        "SM_CHANNELS": json.dumps(sorted(channels)),
        "SM_HPS": json.dumps(dict(hyperparameters)),
        "SM_HOSTS": json.dumps(hosts),
        "SM_HOST_COUNT": str(len(hosts)),
        "SM_CURRENT_HOST": here,
        "SM_CURRENT_HOST_RANK": str(hosts.index(here)),
        "SM_MASTER_ADDR": hosts[0],
        "SM_MASTER_PORT": PORT,
        "SM_CURRENT_INSTANCE_TYPE": machines.get("current_instance_type", "local"),
        "SM_NUM_CPUS": str(os.cpu_count() or 1),
        "SM_NUM_GPUS": str(len([*Path("/dev").glob("nvidia[0-9]*")])),
        "SM_SOURCE_DIR": str(script.parent),
        "SM_ENTRY_SCRIPT": script.name,
        "SM_LOG_LEVEL": "20",
    }
    for channel in channels:
        found[f"SM_CHANNEL_{channel.upper()}"] = str(inputs / "data" / channel)
    for name, value in hyperparameters.items():
        found[f"SM_HP_{name.upper().replace('-', '_')}"] = value
    return found


def arguments(hyperparameters: Mapping[str, str]) -> list[str]:
    """How a script is called: --name value for each."""
    return [
        part for name, value in hyperparameters.items() for part in (f"--{name}", value)
    ]


def launched(
    launcher: str, processes: str, script: Path, machines: Mapping[str, Any]
) -> list[str]:
    """What starts a script: Python; torchrun over all machines; or another command."""
    hosts = machines["hosts"]
    if launcher == "torchrun":
        rank = hosts.index(machines["current_host"])
        over = ["--nnodes", str(len(hosts)), "--node_rank", str(rank)]
        over += ["--nproc_per_node", processes or "1"]
        over += ["--master_addr", hosts[0], "--master_port", PORT]
        return ["torchrun", *over, str(script)]
    return [*shlex.split(launcher), sys.executable, str(script)]


def main() -> int:
    """In a container: unpack the script, run it, leave its last words if it fails."""
    # as SageMaker's own toolkit calls another root
    folder = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    config = folder / "input" / "config"
    given, machines, channels = (
        json.loads((config / f"{name}.json").read_text())
        for name in ("hyperparameters", "resourceconfig", "inputdataconfig")
    )
    script = _unpacked(folder / "input" / "data" / CODE) / os.environ[SCRIPT]
    told = variables(
        folder, script, [c for c in channels if c != CODE], given, machines
    )
    command = launched(
        os.environ.get(LAUNCHER, ""), os.environ.get(PROCESSES, ""), script, machines
    )
    for made in (folder / "model", folder / "output" / "data"):
        made.mkdir(parents=True, exist_ok=True)
    failure = folder / "output" / "failure"
    needs = script.parent / "requirements.txt"
    if needs.is_file():
        install = [sys.executable, "-m", "pip", "install", "-q", "-r", str(needs)]
        if code := _run(install, script.parent, told, failure):
            return code
    return _run([*command, *arguments(given)], script.parent, told, failure)


def _unpacked(channel: Path) -> Path:
    code = Path(tempfile.mkdtemp(prefix="overread-code-"))
    with tarfile.open(channel / ARCHIVE) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(code, filter="data")
        else:
            archive.extractall(code)  # noqa: S202 - our own, and an older Python
    return code


def _run(
    command: list[str], folder: Path, told: Mapping[str, str], failure: Path
) -> int:
    """Pass on what it says and SageMaker's order to stop; its exit code."""
    child = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    last = "it said nothing"
    for line in child.stdout or ():
        sys.stdout.write(line)
        sys.stdout.flush()
        last = line.strip() or last
    code = child.wait()
    if code and not failure.exists():
        failure.write_text(last[:1000])
    # a shell's way to tell of a signal
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
