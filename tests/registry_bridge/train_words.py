"""A training script for tests: learns which word stands for which label.

By SageMaker's script-mode contract, and quick: what it leaves is an MLflow model that
needs nothing but MLflow.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MLMODEL = """
flavors:
  python_function:
    code: code
    data: words.json
    loader_module: words_model
"""
LOADER = """
import json

class Words:
    def __init__(self, words, other):
        self.words, self.other = words, other

    def predict(self, data, params=None):
        return [self.words.get(text.split()[0], self.other) for text in data["text"]]

def _load_pyfunc(path):
    with open(path) as file:
        return Words(**json.load(file))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--other", default="cat")
    other = parser.parse_args().other
    rows = list(read_rows())
    words = {row["input"]["text"].split()[0]: row["label"] for row in rows}
    model = Path(os.environ["SM_MODEL_DIR"])
    (model / "code").mkdir(parents=True)
    (model / "MLmodel").write_text(MLMODEL)
    (model / "words.json").write_text(json.dumps({"words": words, "other": other}))
    (model / "code" / "words_model.py").write_text(LOADER)
    metrics = Path(os.environ["SM_OUTPUT_DATA_DIR"]) / "metrics.json"
    metrics.write_text(json.dumps({"rows": len(rows), "words": len(words)}))


def read_rows() -> Iterator[dict[str, Any]]:
    for channel in json.loads(os.environ["SM_CHANNELS"]):
        folder = Path(os.environ[f"SM_CHANNEL_{channel.upper()}"])
        for path in sorted(folder.glob("*.jsonl")):
            with path.open() as file:
                yield from map(json.loads, file)


if __name__ == "__main__":
    main()
