"""A connection to the stand-in for AWS, with a bucket, and what a project says of machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from registry_bridge.gateways.connection import ConnectionSettings
from tests.sagemaker.names import KEYS, REGION, ROLE
from tests.sagemaker.standin import Standin

BUCKET = "machines"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/overread:1"
TRAINING = {"image": IMAGE}
HOSTING = {"image": IMAGE, "minutes": 1}
SERVICES = ("s3", "sagemaker", "sagemaker-runtime", "sts")


def make_machines(standin: Standin, **options: Any) -> ConnectionSettings:
    """Make the bucket; the connection that leads to it."""
    standin.client("s3").create_bucket(Bucket=BUCKET)
    keys = {name.removeprefix("aws_"): value for name, value in KEYS.items()}
    given = {
        "region": REGION,
        "execution_role": ROLE,
        "endpoint_urls": dict.fromkeys(SERVICES, standin.url),
        **keys,
        **options,
    }
    return ConnectionSettings("aws", f"s3://{BUCKET}/birds", given)


def keys_of(standin: Standin, prefix: str = "") -> list[str]:
    """What lies in the bucket below this."""
    found = standin.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [each["Key"] for each in found.get("Contents", [])]


def tell_the_echo(folder: Path, *, broken: bool = False) -> None:
    """Let the stand-in's model server answer with the folder's name, or end at once."""
    answer = {"exit": 3} if broken else {"body": {"predictions": [folder.name]}}
    (folder / "answer.json").write_text(json.dumps(answer))
