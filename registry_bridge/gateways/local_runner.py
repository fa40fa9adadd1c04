"""Runs one training as SageMaker would: `python -m …local_runner JOBDIR`. Stdlib only.

It outlives the worker that started it, holds the job's lock while it lives, and says in
`state.json` what became of the training.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry_bridge.gateways.processes import (
    environment,
    read_json,
    signal_group,
    spawn,
    started_at,
    tail,
    write_json,
)
from registry_bridge.gateways.script_mode import arguments, variables

GRACE_SECONDS = 10.0
LOOK_SECONDS = 0.1
REASON_LENGTH = 1024


@dataclass(frozen=True)
class Job:
    """The folder of one training: SageMaker's /opt/ml, and what we keep beside it."""

    folder: Path

    @property
    def spec_file(self) -> Path:
        return self.folder / "job.json"

    @property
    def state_file(self) -> Path:
        return self.folder / "state.json"

    @property
    def stop_file(self) -> Path:
        return self.folder / "stop"

    @property
    def lock_file(self) -> Path:
        return self.folder / "lock"

    @property
    def log(self) -> Path:
        return self.folder / "output" / "train.log"

    @property
    def model_dir(self) -> Path:
        return self.folder / "model"

    @property
    def data_dir(self) -> Path:
        return self.folder / "output" / "data"

    @property
    def failure_file(self) -> Path:
        return self.folder / "output" / "failure"

    def lock(self) -> int | None:
        """Take the job's lock; None while its runner lives."""
        descriptor = os.open(
            self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor


def main(given: list[str]) -> int:
    # whoever started us waits for this process only, and has no child to bury later
    if os.fork():
        return 0
    job = Job(Path(given[0]).absolute())
    # held until this process ends, however it ends
    if job.lock() is None or job.state_file.exists():
        return 0
    spec = read_json(job.spec_file)
    if spec is None:
        return 2
    write_json(job.state_file, {"status": "running", "started": time.time()})
    write_json(job.state_file, _run(job, spec))
    return 0


def _run(job: Job, spec: Mapping[str, Any]) -> dict[str, Any]:
    began = time.time()
    script = Path(spec["script"])
    try:
        child = spawn(
            [sys.executable, str(script), *arguments(spec["hyperparameters"])],
            log=job.log,
            env=environment({**contract(job, spec), **spec["environment"]}),
            folder=script.parent,
        )
    except OSError as error:
        return _ended("failed", f"The training could not start: {error}", began)
    asked = _wait(child, job, spec, began)
    signal_group(child, signal.SIGKILL)
    if asked:
        return _ended(*asked, began)
    if child.returncode == 0:
        return _ended("completed", "", began)
    return _ended("failed", _why(job, child.returncode), began)


def _wait(
    child: subprocess.Popen[bytes], job: Job, spec: Mapping[str, Any], began: float
) -> tuple[str, str] | None:
    """Wait for the end; return a status and reason if we had to end it ourselves."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            child.wait(LOOK_SECONDS)
            return None
        verdict = _to_be_ended(job, spec, began)
        if verdict:
            _end(child)
            return verdict


def _to_be_ended(
    job: Job, spec: Mapping[str, Any], began: float
) -> tuple[str, str] | None:
    if job.stop_file.exists():
        return "stopped", "It was stopped on request."
    if time.time() - began > spec["max_seconds"]:
        return "failed", f"It took longer than {spec['max_seconds']} seconds."
    owner = spec["owner"]
    if owner and started_at(owner["pid"]) != owner["started"]:
        return "stopped", "Overread itself was shut down while this ran."
    return None


def _end(child: subprocess.Popen[bytes]) -> None:
    signal_group(child, signal.SIGTERM)
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        signal_group(child, signal.SIGKILL)
        child.wait()


def _ended(status: str, reason: str, began: float) -> dict[str, Any]:
    now = time.time()
    return {
        "status": status,
        "reason": reason[:REASON_LENGTH],
        "started": began,
        "seconds": round(now - began, 3),
    }


def _why(job: Job, code: int) -> str:
    """Return why it failed, in the words of the script if it left any."""
    said = ""
    with suppress(OSError):
        said = job.failure_file.read_text(errors="replace").strip()
    if not said:
        lines = [line for line in tail(job.log).splitlines() if line.strip()]
        said = lines[-1].strip() if lines else "it said nothing"
    if code < 0:
        return f"The training was killed by signal {-code}: {said}"
    return f"{said}, exit code: {code}"


def contract(job: Job, spec: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that SageMaker's toolkit sets for a script."""
    machines = {"current_host": "algo-1", "hosts": ["algo-1"]}
    told = variables(
        job.folder,
        Path(spec["script"]),
        list(spec["channels"]),
        spec["hyperparameters"],
        machines,
    )
    return {"TRAINING_JOB_NAME": spec["name"], **told}


if __name__ == "__main__":
    # a killed worker or a closed terminal is no reason to stop
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main(sys.argv[1:]))
