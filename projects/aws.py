"""What a connection to Amazon Web Services must say: where, and by which right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.conf import settings

from projects import outbound
from projects.outbound import Rules
from projects.refused import FieldProblem

SERVICES: Final = (
    "s3",
    "sagemaker",
    "sagemaker-runtime",
    "sqs",
    "sts",
)
OPTIONS: Final = (
    "region",
    "role_arn",
    "external_id",
    "execution_role",
    "endpoint_urls",
)
# Of the secret: only for who has no role to give.
KEYS: Final = ("access_key_id", "secret_access_key", "session_token")
# Endpoints of a VPC have addresses in private networks.
SWITCH: Final = "OVERREAD_AWS_PRIVATE"
REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}")


def problems(
    options: Mapping[str, Any], secret: Mapping[str, str] | None
) -> list[FieldProblem]:
    """Everything that is wrong with the options and the secret; empty: nothing."""
    found = [*_with_options(options), *_with_secret(secret or {})]
    return [FieldProblem(field=field, problem=problem) for field, problem in found]


def _with_options(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in options:
        if name not in OPTIONS:
            yield f"options.{name}", f"is not known; use: {', '.join(OPTIONS)}"
    if not REGION.fullmatch(str(options.get("region", ""))):
        yield "options.region", "must be a region such as eu-central-1"
    for name in ("role_arn", "execution_role"):
        if name in options and not ROLE.fullmatch(str(options[name])):
            yield f"options.{name}", "must be arn:aws:iam::ACCOUNT:role/NAME"
    if "external_id" in options and "role_arn" not in options:
        yield "options.external_id", "needs role_arn, the role that asks for it"
    yield from _with_addresses(options.get("endpoint_urls", {}))


def _with_addresses(given: object) -> Iterator[tuple[str, str]]:
    if not isinstance(given, dict):
        yield "options.endpoint_urls", "must be a map: service to address"
        return
    for service, address in given.items():
        field = f"options.endpoint_urls.{service}"
        if service not in SERVICES:
            yield field, f"is not known; use: {', '.join(SERVICES)}"
        elif wrong := outbound.wrong_with(str(address), rules()):
            yield field, wrong


def rules() -> Rules:
    """Where an address that an owner named may lead."""
    return Rules(settings.AWS_PRIVATE, SWITCH)


def _with_secret(secret: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in secret:
        if name not in KEYS:
            yield "secret", f"{name} is not known; use: {', '.join(KEYS)}"
    if secret and not {"access_key_id", "secret_access_key"} <= set(secret):
        yield "secret", "needs access_key_id and secret_access_key; better: a role"
