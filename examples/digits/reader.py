"""The model that is served: reads an image, says which digit it is and how sure it is."""

from __future__ import annotations

import base64
import io

import mlflow.pyfunc
import numpy as np
from mlflow.models import set_model
from PIL import Image

SIZE = (8, 8)
BRIGHTEST = 240.0


def pixels(url: str) -> np.ndarray:
    """A data URL as 64 numbers from 0 to 1."""
    raw = base64.b64decode(url.partition(",")[2])
    image = Image.open(io.BytesIO(raw)).convert("L").resize(SIZE)
    return np.asarray(image, dtype=np.float64).ravel() / BRIGHTEST


class DigitReader(mlflow.pyfunc.PythonModel):
    """Softmax over weights that scikit-learn found: serving needs no scikit-learn."""

    def load_context(self, context) -> None:
        with np.load(context.artifacts["classifier"]) as kept:
            self.weights, self.bias = kept["weights"], kept["bias"]
            self.labels = [str(label) for label in kept["labels"]]

    def predict(self, context, model_input, params=None):
        """One {"label", "confidence", "probabilities"} for each row with an `image`."""
        images = np.stack([pixels(url) for url in model_input["image"]])
        scores = images @ self.weights.T + self.bias
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return [self._said(row) for row in odds / odds.sum(axis=1, keepdims=True)]

    def _said(self, row: np.ndarray) -> dict[str, object]:
        probabilities = [round(float(p), 6) for p in row]
        best = int(np.argmax(row))
        return {
            "label": self.labels[best],
            "confidence": probabilities[best],
            "probabilities": dict(zip(self.labels, probabilities, strict=True)),
        }


set_model(DigitReader())
