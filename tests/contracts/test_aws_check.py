"""A connection to AWS is tried: every permission by its name, and nothing left behind."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest

from registry_bridge.gateways import aws, aws_check
from tests.contracts.machines import keys_of, make_machines
from tests.contracts.test_aws_policy import allowed
from tests.sagemaker.standin import Standin


def found(standin: Standin, **options: Any) -> dict[str, bool | None]:
    connection = make_machines(standin, **options)
    return {each.action: each.allowed for each in aws_check.check(connection)}


def test_what_is_allowed_is_said_and_nothing_is_left(sagemaker: Standin) -> None:
    said = found(sagemaker)

    tried = {name: each for name, each in said.items() if each is not None}
    assert set(tried.values()) == {True}
    assert {"sts:GetCallerIdentity", "s3:PutObject", "s3:ListBucket"} <= set(tried)
    assert {"sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"} <= set(tried)
    assert said["iam:PassRole"] is None
    assert keys_of(sagemaker) == []


def test_every_permission_of_the_policy_is_tried_or_said_to_be_untried(
    sagemaker: Standin,
) -> None:
    of_objects = {"s3:AbortMultipartUpload", "sts:AssumeRole"}

    assert set(found(sagemaker)) >= allowed() - of_objects


def test_a_service_that_never_answers_is_not_asked_again(
    sagemaker: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "SOON_SECONDS", 0.3)
    made = make_machines(sagemaker)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        away = f"http://127.0.0.1:{silent.getsockname()[1]}"
        addresses = {**made.options["endpoint_urls"], "s3": away, "sagemaker": away}
        options = {**made.options, "endpoint_urls": addresses}

        checked = aws_check.check(replace(made, options=options))

    asked = [each.action for each in checked if each.allowed is False]
    assert asked == ["s3:PutObject", "sagemaker:DescribeTrainingJob"]


def test_a_missing_permission_is_named_and_the_others_are_tried_too(
    sagemaker: Standin,
) -> None:
    sagemaker.faults.deny("DescribeEndpoint")

    checked = aws_check.check(make_machines(sagemaker))

    missing = [each for each in checked if each.allowed is False]
    assert [each.action for each in missing] == ["sagemaker:DescribeEndpoint"]
    assert "must allow it in its policy" in missing[0].words


def test_a_bucket_that_is_not_there_is_said_beside_each_permission(
    sagemaker: Standin,
) -> None:
    connection = make_machines(sagemaker)
    sagemaker.client("s3").delete_bucket(Bucket="machines")

    checked = aws_check.check(connection)

    words = [each.words for each in checked if each.action == "s3:PutObject"]
    assert "NoSuchBucket" in words[0]
