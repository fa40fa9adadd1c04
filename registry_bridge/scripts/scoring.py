"""Asks versions of a model for their answers to rows, in a process of its own.

Run by the compute gateway like a training: the channel `rows` holds lines with "key" and
"input", each other channel the folder of a model. Leaves predictions.jsonl in the output
folder, a line for each row: {"key", "said": {model: {"label", "confidence"?}}}. With the
hyperparameter `timed`, each model is then asked so many times for one row alone, and
times.json says how many milliseconds each of these answers took: {model: [ms]}.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BATCH = 500
ROWS = "rows"
# A slow model is timed no longer than that, and the first calls are no measure.
MOST_SECONDS = 60.0
WARM_UP = 5


def main() -> None:
    rows = list(_rows(_channel(ROWS)))
    timed = int(os.environ.get("SM_HP_TIMED", "0"))
    models = [name for name in json.loads(os.environ["SM_CHANNELS"]) if name != ROWS]
    said, times = {}, {}
    for name in models:
        model = _load(_channel(name))
        said[name] = _answers(model, rows, name)
        times[name] = _times(model, rows, timed)
    output = Path(os.environ["SM_OUTPUT_DATA_DIR"])
    output.mkdir(parents=True, exist_ok=True)
    with (output / "predictions.jsonl").open("w") as file:
        for at, row in enumerate(rows):
            line = {
                "key": row["key"],
                "said": {name: said[name][at] for name in models},
            }
            file.write(json.dumps(line) + "\n")
    if timed:
        (output / "times.json").write_text(json.dumps(times))
    sys.stdout.write(f"{len(rows)} rows answered by {', '.join(models)}\n")


def _channel(name: str) -> Path:
    """Where it really lies: MLflow reads no model's artifacts through a link."""
    return Path(os.environ[f"SM_CHANNEL_{name.upper()}"]).resolve()


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        with path.open() as file:
            for line in file:
                row = json.loads(line)
                yield {"key": row["key"], "input": row["input"]}


def _load(model_dir: Path) -> Any:
    import mlflow.pyfunc

    return mlflow.pyfunc.load_model(str(model_dir))


def _answers(model: Any, rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    import pandas as pd  # type: ignore[import-untyped]

    found: list[dict[str, Any]] = []
    for start in range(0, len(rows), BATCH):
        batch = [row["input"] for row in rows[start : start + BATCH]]
        found += [told(each) for each in _each(model.predict(pd.DataFrame(batch)))]
    if len(found) != len(rows):
        raise SystemExit(f"{len(rows)} inputs, but {len(found)} answers: {name}")
    return found


def _times(model: Any, rows: list[dict[str, Any]], most: int) -> list[float]:
    """How long answers to one row each took, in milliseconds; rows come round again."""
    import pandas as pd

    found: list[float] = []
    if not rows or not most:
        return found
    end = time.perf_counter() + MOST_SECONDS
    for at in range(-WARM_UP, most):
        frame = pd.DataFrame([rows[at % len(rows)]["input"]])
        began = time.perf_counter()
        model.predict(frame)
        ended = time.perf_counter()
        if at >= 0:
            found.append(round((ended - began) * 1000, 3))
        if ended > end:
            break
    return found


def _each(predicted: Any) -> list[Any]:
    """A prediction for each row, whether the model gives a frame, an array or a list."""
    if hasattr(predicted, "to_dict") and hasattr(predicted, "columns"):
        return list(predicted.to_dict(orient="records"))
    return list(predicted)


def told(prediction: Any) -> dict[str, Any]:
    """What is kept of one prediction: its label, and how sure it is where it says so."""
    kept: dict[str, Any] = {"label": label_of(prediction)}
    sure = confidence_of(prediction)
    if sure is not None:
        kept["confidence"] = sure
    return kept


def label_of(prediction: Any) -> str:
    """The label of one prediction: itself, or what stands under "label"."""
    if isinstance(prediction, dict):
        return str(prediction.get("label", ""))
    return str(prediction)


def confidence_of(prediction: Any) -> float | None:
    """What stands under "confidence", or the greatest of "probabilities"; None: neither."""
    if not isinstance(prediction, dict):
        return None
    sure = prediction.get("confidence")
    several = prediction.get("probabilities")
    if sure is None and isinstance(several, dict) and several:
        sure = max(several.values())
    try:
        value = float(sure)  # type: ignore[arg-type]  # whatever a model says
    except (TypeError, ValueError):
        return None
    return value if 0 <= value <= 1 else None


if __name__ == "__main__":
    main()
