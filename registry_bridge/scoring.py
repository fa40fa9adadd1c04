"""Asks champion and challenger for their answers to the test side, in a process of its own.

Run by the compute gateway like a training (channels champion, challenger, test). Leaves
predictions.jsonl in the output folder: {"gold", "champion", "challenger"} on each line.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BATCH = 500
MODELS = ("champion", "challenger")


def main() -> None:
    rows = list(_rows(_channel("test")))
    said = {name: _answers(_channel(name), rows) for name in MODELS}
    output = Path(os.environ["SM_OUTPUT_DATA_DIR"])
    output.mkdir(parents=True, exist_ok=True)
    with (output / "predictions.jsonl").open("w") as file:
        for at, row in enumerate(rows):
            line = {"gold": row["gold"], **{name: said[name][at] for name in MODELS}}
            file.write(json.dumps(line) + "\n")
    sys.stdout.write(f"{len(rows)} rows answered by both models\n")


def _channel(name: str) -> Path:
    """Where it really lies: MLflow reads no model's artifacts through a link."""
    return Path(os.environ[f"SM_CHANNEL_{name.upper()}"]).resolve()


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        with path.open() as file:
            for line in file:
                row = json.loads(line)
                yield {"gold": row["gold"], "input": row["input"]}


def _answers(model_dir: Path, rows: list[dict[str, Any]]) -> list[str]:
    import mlflow.pyfunc
    import pandas as pd  # type: ignore[import-untyped]

    model = mlflow.pyfunc.load_model(str(model_dir))
    found: list[str] = []
    for start in range(0, len(rows), BATCH):
        batch = [row["input"] for row in rows[start : start + BATCH]]
        found += [label_of(each) for each in _each(model.predict(pd.DataFrame(batch)))]
    if len(found) != len(rows):
        raise SystemExit(f"{len(rows)} inputs, but {len(found)} answers: {model_dir}")
    return found


def _each(predicted: Any) -> list[Any]:
    """A prediction for each row, whether the model gives a frame, an array or a list."""
    if hasattr(predicted, "to_dict") and hasattr(predicted, "columns"):
        return list(predicted.to_dict(orient="records"))
    return list(predicted)


def label_of(prediction: Any) -> str:
    """The label of one prediction: itself, or what stands under "label"."""
    if isinstance(prediction, dict):
        return str(prediction.get("label", ""))
    return str(prediction)


if __name__ == "__main__":
    main()
