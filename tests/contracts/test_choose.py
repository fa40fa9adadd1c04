"""How a connection finds its gateway, and what importing gateways costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from registry_bridge.gateways import choose
from registry_bridge.gateways.choose import ConnectionSettings
from registry_bridge.gateways.fakes import FakeRegistry, FakeTracking
from registry_bridge.gateways.local_compute import LocalCompute
from registry_bridge.gateways.local_deployment import LocalDeployment
from registry_bridge.gateways.ports import Rejected, Unreachable
from registry_bridge.gateways.s3 import Bucket

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def test_the_default_connection_is_what_runs_beside_us(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MLFLOW_TRACKING_URI = "http://127.0.0.1:5000"
    settings.MLFLOW_PUBLIC_URL = "https://mlflow.example/ui"
    settings.JOBS_DIR = tmp_path / "jobs"
    settings.SERVING_DIR = tmp_path / "serving"
    settings.HOSTING_URL = "http://127.0.0.1:8600"

    compute, deployment = choose.compute(), choose.deployment()

    assert isinstance(compute, LocalCompute)
    assert compute.directory == tmp_path / "jobs"
    assert isinstance(deployment, LocalDeployment)
    assert deployment.base_url == "http://127.0.0.1:8600"
    assert choose.tracking().url("7") == "https://mlflow.example/ui/#/runs/7"
    assert choose.registry().url("digits", "2").endswith("/models/digits/versions/2")


def test_a_connection_of_a_project_has_its_own_server() -> None:
    connection = ConnectionSettings(
        "mlflow", "https://theirs.example", {"token": "seven"}
    )

    assert choose.tracking(connection).url("7") == "https://theirs.example/#/runs/7"
    assert "seven" not in repr(connection)


def test_a_bucket_is_an_object_store_too() -> None:
    assert isinstance(choose.objects(ConnectionSettings("s3", "s3://gold")), Bucket)


def test_a_connection_that_cannot_train_or_deploy_says_so() -> None:
    with pytest.raises(Rejected, match="cannot train"):
        choose.compute(ConnectionSettings("mlflow", "https://theirs.example"))
    with pytest.raises(Rejected, match="cannot deploy"):
        choose.deployment(ConnectionSettings("mlflow", "https://theirs.example"))


def test_tests_put_fakes_in_their_place_and_take_them_away_again() -> None:
    tracking = FakeTracking()
    registry = FakeRegistry(tracking)

    with choose.using(tracking=tracking):
        with choose.using(registry=registry):
            assert choose.registry() is registry
            assert choose.tracking(ConnectionSettings("mlflow")) is tracking
        assert choose.registry() is not registry

    assert choose.tracking() is not tracking


def test_a_fake_fails_when_a_test_asks_it_to() -> None:
    fake = FakeTracking()
    fake.fail_after = 1
    run_id = fake.find_or_create_run("birds", "key", "a run", {})

    with pytest.raises(Unreachable):
        fake.finish(run_id)
    fake.fail_after = None
    fake.down = True
    with pytest.raises(Unreachable):
        fake.run(run_id)

    assert not fake.healthy()
    fake.down = False
    assert fake.run(run_id).status == "RUNNING"


def test_choosing_a_gateway_imports_neither_mlflow_nor_boto3() -> None:
    code = (
        "import django, sys; django.setup()\n"
        "from registry_bridge.gateways import choose\n"
        "choose.tracking(), choose.registry(), choose.compute(), choose.deployment()\n"
        "choose.objects(choose.ConnectionSettings('s3', 's3://gold'))\n"
        "heavy = {'mlflow', 'boto3', 'botocore', 'sagemaker'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=False)

    assert done.returncode == 0


def test_the_hosting_needs_neither_django_nor_mlflow() -> None:
    code = (
        "import sys, registry_bridge.gateways.local_hosting\n"
        "heavy = {'django', 'mlflow', 'numpy', 'structlog'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=False)

    assert done.returncode == 0
