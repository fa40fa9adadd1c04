"""A stand-in for Amazon SageMaker: unmodified boto3 talks to it, real processes train and serve.

It checks every request against AWS's own description of the service (the model that
botocore carries), refuses what SageMaker would refuse, and fails the test when asked for
something it does not do. S3, SQS, SNS, EventBridge, CloudWatch and STS are moto's, at the
same address.

    def test_a_retraining_survives_a_kill(sagemaker: Standin) -> None:
        sagemaker.faults.after("CreateTrainingJob", 1, kill)

- The fixture `sagemaker` (`fixtures.py`) sets boto3's environment; `sagemaker.url` is the
  `endpoint_url` of all services, `sagemaker.client("s3")` a client of it.
- `sagemaker.calls` is what was asked; `sagemaker.faults` is what goes wrong on purpose.
- `sagemaker.clock` is SageMaker's time, 200 times ours: `stop`, `advance`, `run(speed)`.
- `sagemaker.state.images[uri] = Image(train=…, serve=…)` says what a container image does;
  others train by the framework images' toolkit and serve as `echo.py` does.
- `state.limits`, `state.alarms`, `interrupt`, `flush_capture`, `monitor`, `wait`: see
  `standin.py`; `makers.py` makes requests, archives, models and endpoints.

A container's /opt/ml is a folder of its own, in a private mount namespace where this
machine allows one; else the folder's name is in SAGEMAKER_BASE_DIR, and put in place of
/opt/ml in its command and environment. Its port is in SAGEMAKER_BIND_TO_PORT.
"""

from __future__ import annotations
