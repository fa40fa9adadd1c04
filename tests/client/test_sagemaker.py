"""The name of a call comes from SageMaker's header, however a server spells it."""

from __future__ import annotations

import pytest

from overread_client import inference_id

NAME = "X-Amzn-SageMaker-Inference-Id"


@pytest.mark.parametrize(
    "spelt", [NAME, NAME.lower(), "HTTP_X_AMZN_SAGEMAKER_INFERENCE_ID"]
)
def test_the_callers_id_is_used(spelt: str) -> None:
    assert inference_id({"Accept": "*/*", spelt: "order-17"}) == "order-17"


@pytest.mark.parametrize("headers", [None, {}, {"Accept": "*/*"}, {NAME: ""}])
def test_without_one_each_call_gets_its_own(headers: dict[str, str] | None) -> None:
    made = {inference_id(headers) for _ in range(100)}

    assert len(made) == 100
    assert all(0 < len(name) <= 64 for name in made)
