"""Serves the digit reader in a SageMaker container, and tells Overread what it answered.

The inference toolkit calls `model_fn` once and `transform_fn` for each request. Put the
folder `client/overread_client` beside this file, or name it in requirements.txt.
"""

from __future__ import annotations

import json
import os

import overread_client

# url, project and token: OVERREAD_URL, OVERREAD_PROJECT, OVERREAD_TOKEN
overread = overread_client.Client(
    endpoint="digits", model=("digits", os.environ.get("MODEL_VERSION", "1"))
)


def model_fn(model_dir):
    import mlflow.pyfunc

    return mlflow.pyfunc.load_model(model_dir)


def transform_fn(model, body, content_type, accept, context):
    """Answer {"image": "data:image/png;base64,…"}; what is posted costs no time."""
    asked = json.loads(body)
    said = model.predict(asked)[0]
    headers = context.request_processor[0].get_request_properties()
    name = overread_client.inference_id(headers)
    overread.send(name, input=asked, output=said)
    return json.dumps({**said, "inference_id": name}), "application/json"
