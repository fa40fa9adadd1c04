"""Asks versions of a model for their answers to rows, in a process of its own.

Run by the compute gateway like a training: the channel `rows` holds lines with "key" and
"input", each other channel the folder of a model. Leaves predictions.jsonl in the output
folder, a line for each row: {"key", "said": {model: {"label", "confidence"?}}}.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BATCH = 500
ROWS = "rows"


def main() -> None:
    rows = list(_rows(_channel(ROWS)))
    models = [name for name in json.loads(os.environ["SM_CHANNELS"]) if name != ROWS]
    said = {name: _answers(_channel(name), rows) for name in models}
    output = Path(os.environ["SM_OUTPUT_DATA_DIR"])
    output.mkdir(parents=True, exist_ok=True)
    with (output / "predictions.jsonl").open("w") as file:
        for at, row in enumerate(rows):
            line = {
                "key": row["key"],
                "said": {name: said[name][at] for name in models},
            }
            file.write(json.dumps(line) + "\n")
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


def _answers(model_dir: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    import mlflow.pyfunc
    import pandas as pd  # type: ignore[import-untyped]

    model = mlflow.pyfunc.load_model(str(model_dir))
    found: list[dict[str, Any]] = []
    for start in range(0, len(rows), BATCH):
        batch = [row["input"] for row in rows[start : start + BATCH]]
        found += [told(each) for each in _each(model.predict(pd.DataFrame(batch)))]
    if len(found) != len(rows):
        raise SystemExit(f"{len(rows)} inputs, but {len(found)} answers: {model_dir}")
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
