"""Trains on this machine by SageMaker's script-mode contract, one process a training."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import structlog

from registry_bridge.gateways.local_runner import Job
from registry_bridge.gateways.ports import (
    TrainingSpec,
    TrainingState,
    TrainingStatus,
    Unreachable,
)
from registry_bridge.gateways.processes import (
    environment,
    read_json,
    started_at,
    tail,
    write_json,
)
from registry_bridge.gateways.training_specs import checked_name, refuse_unfit

log = structlog.get_logger()

RUNNER = "registry_bridge.gateways.local_runner"
PACKAGE = Path(__file__).resolve().parent.parent.parent
# Longer than a runner ever needs to take its lock.
START_SECONDS = 30.0
KILLED = "Its process was killed from outside, or the machine was restarted."


class LocalCompute:
    poll_seconds = 1.0

    def __init__(self, directory: Path) -> None:
        self.directory = Path(directory)

    def start(self, spec: TrainingSpec) -> None:
        job = self._job(spec.name)
        refuse_unfit(spec)
        if not job.spec_file.exists():
            self._lay_out(job, spec)
        if not job.state_file.exists():
            # a runner that finds another one at work ends at once
            job.spec_file.touch()
            _run(job)
            log.info("training started", training=spec.name)

    def describe(self, name: str) -> TrainingState:
        job = self._job(name)
        if not job.spec_file.exists():
            return TrainingState(TrainingStatus.UNKNOWN)
        return _view(job, _state(job))

    def stop(self, name: str) -> None:
        job = self._job(name)
        if job.spec_file.exists() and not _view(job, _state(job)).status.over:
            job.stop_file.touch()

    def _job(self, name: str) -> Job:
        return Job(self.directory / checked_name(name))

    def _lay_out(self, job: Job, spec: TrainingSpec) -> None:
        """Make the job's folder beside its place and move it there: whole or not at all."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = Job(Path(tempfile.mkdtemp(prefix=".new-", dir=self.directory)))
        try:
            _fill(draft, spec)
            draft.folder.rename(job.folder)
        except OSError:
            # another worker was first
            if not job.spec_file.exists():
                raise
        finally:
            shutil.rmtree(draft.folder, ignore_errors=True)


def _fill(draft: Job, spec: TrainingSpec) -> None:
    data, config = draft.folder / "input" / "data", draft.folder / "input" / "config"
    for folder in (data, config, draft.model_dir, draft.data_dir):
        folder.mkdir(parents=True)
    for channel, place in spec.channels.items():
        _link(data / channel, place.absolute())
    write_json(config / "hyperparameters.json", dict(spec.hyperparameters))
    write_json(
        config / "resourceconfig.json", {"current_host": "algo-1", "hosts": ["algo-1"]}
    )
    write_json(draft.spec_file, _as_json(spec))


def _link(channel: Path, place: Path) -> None:
    """Show a folder as the channel; a single file becomes a folder that holds it."""
    if place.is_dir():
        channel.symlink_to(place, target_is_directory=True)
        return
    channel.mkdir()
    (channel / place.name).symlink_to(place)


def _as_json(spec: TrainingSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "script": str(spec.script.absolute()),
        "channels": {name: str(place) for name, place in spec.channels.items()},
        "hyperparameters": dict(spec.hyperparameters),
        "environment": dict(spec.environment),
        "max_seconds": spec.max_seconds,
        "owner": _owner(),
        "asked": time.time(),
    }


def _owner() -> dict[str, Any] | None:
    """Return who owns this home: when that process is gone, trainings end too."""
    pid = os.environ.get("OVERREAD_SUPERVISOR_PID", "")
    if not pid.isdecimal():
        return None
    started = started_at(int(pid))
    return {"pid": int(pid), "started": started} if started else None


def _run(job: Job) -> None:
    """Start the runner, which leaves our family at once and so outlives us."""
    started = subprocess.run(
        [sys.executable, "-m", RUNNER, str(job.folder.absolute())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment({}),
        cwd=PACKAGE,
        start_new_session=True,
        check=False,
    )
    if started.returncode != 0:
        raise Unreachable(
            f"The training's runner did not start ({started.returncode})."
        )


def _state(job: Job) -> dict[str, Any] | None:
    """Return what is known; a job whose runner vanished is closed as failed here."""
    state = read_json(job.state_file)
    if state is None and time.time() - job.spec_file.stat().st_mtime < START_SECONDS:
        return None
    if state is not None and state["status"] != "running":
        return state
    lock = job.lock()
    if lock is None:
        return state
    try:
        return _close(job)
    finally:
        os.close(lock)


def _close(job: Job) -> dict[str, Any]:
    # read again: the runner may have written its last word before we got the lock
    state = read_json(job.state_file)
    if state is None or state["status"] == "running":
        state = {**(state or {}), "status": "failed", "reason": KILLED}
        write_json(job.state_file, state)
    return state


def _view(job: Job, state: dict[str, Any] | None) -> TrainingState:
    if state is None:
        return TrainingState(TrainingStatus.PENDING)
    status = TrainingStatus(state["status"])
    completed = status == TrainingStatus.COMPLETED
    return TrainingState(
        status=status,
        reason=state.get("reason", ""),
        model_dir=job.model_dir if completed else None,
        output_dir=job.data_dir if status.over else None,
        log_tail=tail(job.log),
        seconds=state.get("seconds"),
    )
