"""What a training comes from: rows, code, base folder, parameters, each by its digest.

Looked at before it starts. Rows that are not what was frozen are never trained on; and a
training that is only run again must come from the same as the first one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from registry_bridge import outside, snapshots
from registry_bridge.models import RegisteredModel, Training

if TYPE_CHECKING:
    from registry_bridge.gateways.ports import RunView

# As much of a parameter as MLflow keeps.
MAX_PARAMETER: Final = 500
# Of a model's folder: names a moment and a run, and nothing that was learned.
VOLATILE: Final = frozenset({"MLmodel"})
TAGS: Final = {
    "code": "overread.code_sha256",
    "base": "overread.base_sha256",
    "model": "overread.model_sha256",
}
CALLED: Final = {"code": "The training script", "base": "The base folder"}


def digests(model: RegisteredModel) -> dict[str, str]:
    """Of the code and of the first model's data as they lie there now."""
    found = {"code": _of_file(Path(model.script))}
    return {**found, "base": of_folder(Path(model.base))} if model.base else found


def of_folder(folder: Path, but: frozenset[str] = frozenset()) -> str:
    """SHA-256 over the names and contents of all files in it; "" where there are none."""
    total, some = hashlib.sha256(), False
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in but and "__pycache__" not in path.parts:
            name, some = path.relative_to(folder).as_posix(), True
            total.update(f"{name}\0{_of_file(path)}\n".encode())
    return total.hexdigest() if some else ""


def _of_file(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_model(model_dir: Path) -> str:
    return of_folder(model_dir, VOLATILE)


def why_not_start(training: Training, model: RegisteredModel) -> str:
    """What keeps it from being trained, in words; "" if nothing does."""
    frozen = training.snapshot
    if frozen is not None and (found := snapshots.digest_now(frozen)) != frozen.digest:
        return (
            f"The rows of {frozen} have the digest {found[:12]}… now, not "
            f"{frozen.digest[:12]}…: something changed what was frozen. Freeze a new one."
        )
    first = training.repeats
    if first is None:
        return ""
    with outside.asked():
        run = outside.tracking(model).run(first.mlflow_run_id)
    return next(_differences(training, run, digests(model)), "")


def _differences(
    training: Training, run: RunView, now: Mapping[str, str]
) -> Iterator[str]:
    for name, called in CALLED.items():
        then = run.tags.get(TAGS[name], "")
        if name == "code" and not then:
            yield "Its run does not say which code made it, so none can be compared."
        elif then != now.get(name, ""):
            yield (
                f"{called} is another one: SHA-256 {then[:12] or 'none'}… then, "
                f"{now.get(name, '')[:12] or 'none'}… now. Put the old one back first."
            )
    frozen = run.tags.get("overread.snapshot_digest", "")
    if frozen != (training.snapshot.digest if training.snapshot else ""):
        yield f"Its run names the snapshot {frozen[:12] or 'none'}…, which is another."
    wanted = {k: str(v) for k, v in training.hyperparameters.items()}
    for name in sorted({*wanted, *run.params}):
        said, here = run.params.get(name), wanted.get(name)
        if said != (here if here is None else here[:MAX_PARAMETER]):
            yield f"Its run says {name} = {said}; here it is {here}."
