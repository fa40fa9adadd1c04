"""The name that SageMaker gives a call, or one made up here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

HEADER = "X-Amzn-SageMaker-Inference-Id"
# as a WSGI server writes it
_IN_ENVIRON = "HTTP_" + HEADER.upper().replace("-", "_")


def inference_id(headers: Mapping[str, str] | None = None) -> str:
    """The caller's InferenceId, however the header is spelt; a new one if there is none.

    Tell it to the caller in your answer where you want to ask for the outcome later.
    """
    for name, value in (headers or {}).items():
        if str(name).lower() == HEADER.lower() or name == _IN_ENVIRON:
            return str(value) or _new()
    return _new()


def _new() -> str:
    return uuid.uuid4().hex
