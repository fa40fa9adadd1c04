"""Whose account this is, and how things are named in it."""

from __future__ import annotations

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/overread"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/overread/session"
# unknown to everybody but us, and moto does not ask
KEYS = {"aws_access_key_id": "known", "aws_secret_access_key": "to everybody"}


def arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}"
