"""A project's file makes its model and gates, and says what is wrong with itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from projects.connections import Wanted, make
from projects.models import AuditEntry, Project
from projects.refused import DoesNotFit
from registry_bridge import machines, outside, snapshots, study_terms
from registry_bridge.gateways.local_compute import LocalCompute
from registry_bridge.gateways.local_deployment import LocalDeployment
from registry_bridge.gateways.sagemaker_compute import SageMakerCompute
from registry_bridge.models import Gate, RegisteredModel
from registry_bridge.setup import FixedByNow, NameTaken, apply_model
from tests import makers
from tests.registry_bridge.makers import make_reviewed

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "train.py").write_text("")
    (tmp_path / "base").mkdir()
    project = makers.make_project()
    makers.make_endpoint(project, "shop")
    makers.make_queue(project)
    return project


def section(**changes: Any) -> dict[str, Any]:
    plain = {"name": "words", "endpoint": "shop", "script": "train.py", "base": "base"}
    return {**plain, **changes}


def wrong(project: Project, folder: Path, **changes: Any) -> dict[str, str]:
    with pytest.raises(DoesNotFit) as refused:
        apply_model(project, section(**changes), None, folder)
    return {each["field"]: each["problem"] for each in refused.value.errors}


def test_a_section_makes_a_model_and_a_gate_that_proposes(
    project: Project, tmp_path: Path
) -> None:
    changes = apply_model(project, section(), None, tmp_path)

    model = RegisteredModel.objects.get(project=project)
    assert changes == ["model words: made", "gate challenger-better: made"]
    assert model.script == str(tmp_path / "train.py")
    assert (model.question, model.experiment) == ("label", f"overread/{project.slug}")
    assert AuditEntry.objects.filter(action="model set up").count() == 1


def test_the_same_section_again_changes_nothing(
    project: Project, tmp_path: Path
) -> None:
    apply_model(project, section(), None, tmp_path)

    assert apply_model(project, section(), None, tmp_path) == []
    assert AuditEntry.objects.filter(action="model set up").count() == 1


def test_what_changed_is_said(project: Project, tmp_path: Path) -> None:
    gate = {"name": "enough", "when": "enough_gold", "rows": 300}
    apply_model(project, section(gates=[gate]), None, tmp_path)

    changes = apply_model(
        project,
        section(hyperparameters={"depth": 3}, gates=[{**gate, "rows": 200}]),
        None,
        tmp_path,
    )

    assert changes == [
        "model.hyperparameters: {} → {'depth': 3}",
        "gate enough: changed (settings)",
    ]


def test_a_gate_that_left_the_file_is_switched_off(
    project: Project, tmp_path: Path
) -> None:
    gate = {"name": "enough", "when": "enough_gold"}
    apply_model(project, section(gates=[gate]), None, tmp_path)

    changes = apply_model(project, section(gates=[]), None, tmp_path)

    assert changes == ["gate enough: switched off"]
    assert not Gate.objects.get(name="enough").active


def test_a_file_that_says_nothing_of_gates_leaves_them(
    project: Project, tmp_path: Path
) -> None:
    gate = {"name": "enough", "when": "enough_gold"}
    apply_model(project, section(gates=[gate]), None, tmp_path)

    assert apply_model(project, section(), None, tmp_path) == []
    assert Gate.objects.get(name="enough").active


def test_the_gate_that_is_added_where_none_proposes_keeps_its_name(
    project: Project, tmp_path: Path
) -> None:
    gate = {"name": "challenger-better", "when": "latency", "at_most_ms": 100}

    assert list(wrong(project, tmp_path, gates=[gate])) == ["model.gates[0].name"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "no spaces, please"}, "model.name"),
        ({"endpoint": "nowhere"}, "model.endpoint"),
        ({"script": "missing.py"}, "model.script"),
        ({"base": "train.py"}, "model.base"),
        ({"hyperparameters": ["depth"]}, "model.hyperparameters"),
        ({"hyperparameters": {"a": [1]}}, "model.hyperparameters.a"),
        ({"test_percent": 99}, "model.test_percent"),
        ({"deploy": "moon"}, "model.deploy"),
        ({"connection": "unknown"}, "model.connection"),
        ({"question": "other"}, "model.question"),
        ({"colour": "red"}, "model.colour"),
        ({"gates": {}}, "model.gates"),
        ({"gates": [{"name": "a", "when": "never"}]}, "model.gates[0].when"),
        (
            {"gates": [{"name": "a", "when": "enough_gold", "rows": -1}]},
            "model.gates[0].rows",
        ),
        (
            {"gates": [{"name": "a", "when": "enough_gold", "line": 0.9}]},
            "model.gates[0].line",
        ),
        (
            {"gates": [{"name": "a", "when": "challenger_better", "rule": "luck"}]},
            "model.gates[0].rule",
        ),
        (
            {"gates": [{"name": "a", "when": "enough_gold"}] * 2},
            "model.gates[1].name",
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_path(
    project: Project, tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    assert set(wrong(project, tmp_path, **changes)) == {field}
    assert not RegisteredModel.objects.exists()


def test_everything_that_is_wrong_is_said_at_once(
    project: Project, tmp_path: Path
) -> None:
    found = wrong(project, tmp_path, script="missing.py", test_percent="many")

    assert set(found) == {"model.script", "model.test_percent"}


def test_one_registered_model_belongs_to_one_project(
    project: Project, tmp_path: Path
) -> None:
    apply_model(project, section(), None, tmp_path)
    other = makers.make_project()
    makers.make_endpoint(other, "shop")

    with pytest.raises(NameTaken):
        apply_model(other, section(), None, tmp_path)


def test_two_registries_may_each_have_a_model_of_that_name(
    project: Project, tmp_path: Path
) -> None:
    apply_model(project, section(), None, tmp_path)
    other = makers.make_project()
    makers.make_endpoint(other, "shop")
    make(other, Wanted("theirs", "mlflow", "https://mlflow.example"), None)

    apply_model(other, section(connection="theirs"), None, tmp_path)

    assert RegisteredModel.objects.filter(name="words").count() == 2


def test_the_split_stays_once_a_snapshot_was_frozen(
    project: Project, tmp_path: Path
) -> None:
    apply_model(project, section(), None, tmp_path)
    make_reviewed(project)
    snapshots.freeze(project)

    with pytest.raises(FixedByNow):
        apply_model(project, section(test_percent=50), None, tmp_path)


def test_the_name_stays_while_a_version_is_in_use(
    project: Project, tmp_path: Path
) -> None:
    apply_model(project, section(), None, tmp_path)
    RegisteredModel.objects.update(champion="1")

    with pytest.raises(FixedByNow):
        apply_model(project, section(name="others"), None, tmp_path)


def test_gates_that_rest_on_a_study_are_set_up(
    project: Project, tmp_path: Path
) -> None:
    gates = [
        {"name": "better", "when": "challenger_better", "rule": "study", "pi": 0.5},
        {
            "name": "safe",
            "when": "challenger_not_worse",
            "margin": 0.01,
            "pi": 0.5,
            "slices": "",
        },
    ]

    apply_model(project, section(gates=gates), None, tmp_path)

    better, safe = Gate.objects.filter(project=project).order_by("name")
    assert (better.action, safe.action) == (Gate.Action.PROPOSE, Gate.Action.PROPOSE)
    terms = study_terms.of_gates(study_terms.gates_of(project))
    assert (terms["pi"], terms["margin"], terms["better"]) == (0.5, 0.01, 0.05)


@pytest.mark.parametrize(
    ("gate", "key"),
    [
        ({"when": "challenger_better", "delta": 0.05}, "delta"),
        ({"when": "challenger_better", "rule": "study", "by": 0.01}, "by"),
        ({"when": "challenger_not_worse", "margin": 0}, "margin"),
        ({"when": "challenger_not_worse", "pi": 0}, "pi"),
        ({"when": "challenger_not_worse", "pi": True}, "pi"),
        ({"when": "challenger_not_worse", "delta": 0.9}, "delta"),
        ({"when": "challenger_not_worse", "slices": "shop"}, "slices"),
        ({"when": "challenger_not_worse", "slices": "metadata."}, "slices"),
        ({"when": "challenger_not_worse", "most_labels": 1}, "most_labels"),
        ({"when": "challenger_not_worse", "rule": "study"}, "rule"),
        ({"when": "quality_below", "line": 0}, "line"),
        ({"when": "quality_below", "run_length": 5}, "run_length"),
        ({"when": "challenger_better", "slices": "shop"}, "slices"),
        ({"when": "calibration"}, "when"),
        ({"when": "calibration", "at_most": 1}, "at_most"),
        ({"when": "calibration", "at_most_ms": 1, "at_most": 0.1}, "at_most_ms"),
        ({"when": "latency", "at_most_ms": "fast"}, "at_most_ms"),
        ({"when": "latency", "margin": -1}, "margin"),
        ({"when": "cost", "reviews_a_day": -1}, "reviews_a_day"),
        ({"when": "cost", "minutes_per_1000": True}, "minutes_per_1000"),
    ],
)
def test_a_wrong_setting_of_a_gate_is_named(
    project: Project, tmp_path: Path, gate: dict[str, Any], key: str
) -> None:
    told = wrong(project, tmp_path, gates=[{"name": "a", **gate}])

    assert list(told) == [f"model.gates[0].{key}"]


def test_side_conditions_stand_beside_the_gate_that_proposes(
    project: Project, tmp_path: Path
) -> None:
    gates = [
        {"name": "better", "when": "challenger_better", "slices": "metadata.shop"},
        {"name": "believable", "when": "calibration", "at_most": 0.05, "margin": 0.01},
        {"name": "quick", "when": "latency", "at_most_ms": 200, "margin": 1.5},
        {"name": "cheap", "when": "cost", "reviews_a_day": 0, "minutes_per_1000": 30},
    ]

    apply_model(project, section(gates=gates), None, tmp_path)
    again = apply_model(project, section(gates=gates), None, tmp_path)

    made = dict(Gate.objects.filter(project=project).values_list("name", "action"))
    sides = dict.fromkeys(("believable", "quick", "cheap"), "hold")
    assert made == {"better": "propose", **sides}
    assert again == []


def test_side_conditions_alone_get_a_gate_that_proposes(
    project: Project, tmp_path: Path
) -> None:
    quick = {"name": "quick", "when": "latency", "at_most_ms": 200}

    changes = apply_model(project, section(gates=[quick]), None, tmp_path)

    assert "gate challenger-better: made" in changes


def test_gates_of_one_study_must_ask_for_the_same(
    project: Project, tmp_path: Path
) -> None:
    gates = [
        {"name": "a", "when": "challenger_better", "rule": "study"},
        {"name": "b", "when": "challenger_not_worse", "slices": "label", "pi": 0.5},
        {"name": "c", "when": "challenger_not_worse"},
    ]

    told = wrong(project, tmp_path, gates=gates)

    assert {"model.gates[1].slices", "model.gates[1].pi", "model.gates[2].when"} <= {
        *told
    }


def make_machines(project: Project, kind: str) -> None:
    aws = kind == "aws"
    uri, options = ("s3://machines", {"region": "eu-central-1"}) if aws else ("", {})
    make(project, Wanted("machines", kind, uri, options), None)


ON_AWS = {
    "machines": "machines",
    "training": {"image": "trainer:1", "instance_count": 2, "launcher": "torchrun"},
    "hosting": {"image": "server:1", "instance_type": "ml.m5.xlarge"},
}


@pytest.mark.parametrize("kind", ["local", "aws"])
def test_one_file_runs_here_or_on_aws_by_its_connection_alone(
    project: Project, tmp_path: Path, kind: str
) -> None:
    make_machines(project, kind)

    apply_model(project, section(**ON_AWS), None, tmp_path)
    again = apply_model(project, section(**ON_AWS), None, tmp_path)

    model = RegisteredModel.objects.get(project=project)
    assert again == []
    assert model.target == kind
    here = isinstance(outside.compute(model), LocalCompute)
    assert here is isinstance(outside.deployment(model), LocalDeployment)
    assert here is (kind == "local")


def test_what_is_trained_on_aws_may_be_served_here(
    project: Project, tmp_path: Path
) -> None:
    make_machines(project, "aws")

    apply_model(project, section(**ON_AWS, deploy="local"), None, tmp_path)

    model = RegisteredModel.objects.get(project=project)
    assert isinstance(outside.compute(model), SageMakerCompute)
    assert isinstance(outside.deployment(model), LocalDeployment)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"machines": "none"}, "model.machines"),
        ({"training": {}}, "model.training.image"),
        ({"hosting": {}}, "model.hosting.image"),
        ({"training": {"image": "x", "gpu": 1}}, "model.training.gpu"),
        (
            {"training": {"image": "x", "instance_type": "large"}},
            "model.training.instance_type",
        ),
        ({"training": {"image": "x", "spot": "yes"}}, "model.training.spot"),
        (
            {"training": {"image": "x", "max_seconds": 90, "max_wait_seconds": 60}},
            "model.training.max_wait_seconds",
        ),
        ({"hosting": {"image": None}}, "model.hosting.image"),
        ({"hosting": {"image": "x", "rollout": "big bang"}}, "model.hosting.rollout"),
        ({"hosting": {"image": "x", "alarms": "errors"}}, "model.hosting.alarms"),
        (
            {"hosting": {"image": "x", "serverless": {"memory_mb": 3}}},
            "model.hosting.serverless.memory_mb",
        ),
        (
            {"hosting": {"image": "x", "serverless": {}, "instance_count": 2}},
            "model.hosting.instance_count",
        ),
    ],
)
def test_machines_that_cannot_work_are_named(
    project: Project, tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    make_machines(project, "aws")

    assert field in wrong(project, tmp_path, **{**ON_AWS, **changes})


def test_a_key_without_a_value_is_a_key_left_out() -> None:
    section = {"training": {"image": "x", "instance_type": None}, "hosting": None}

    assert machines.read(section) == {"training": {"image": "x"}, "hosting": {}}


def test_serving_on_aws_needs_a_connection_to_it(
    project: Project, tmp_path: Path
) -> None:
    assert "model.deploy" in wrong(project, tmp_path, deploy="aws")
