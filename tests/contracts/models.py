"""Makes small MLflow models that need nothing but MLflow to be served."""

from __future__ import annotations

from pathlib import Path

MLMODEL = """
flavors:
  python_function:
    code: code
    loader_module: example_model
"""
LOADER = """
import os, time

class Model:
    def predict(self, data, params=None):
        if "sleep" in data:
            time.sleep(float(data["sleep"][0]))
        if "fail" in data and {fails}:
            raise ValueError("no answer to this one")
        if "die" in data:
            os._exit(7)
        return [{answer!r}] * len(data)

def _load_pyfunc(path):
    return Model()
"""
BROKEN = "raise ImportError('the weights are of another make')"


def make_model(folder: Path, answer: str) -> Path:
    """A model that answers every row with that word."""
    return _make(folder, LOADER.format(answer=answer, fails=False))


def make_failing_model(folder: Path, answer: str) -> Path:
    """The same, but for rows with a column "fail": it cannot answer these."""
    return _make(folder, LOADER.format(answer=answer, fails=True))


def make_broken_model(folder: Path) -> Path:
    return _make(folder, BROKEN)


def _make(folder: Path, code: str) -> Path:
    (folder / "code").mkdir(parents=True)
    (folder / "MLmodel").write_text(MLMODEL)
    (folder / "code" / "example_model.py").write_text(code)
    return folder
