"""Third-party scripts are what VENDOR.json says, with their licences, and nothing else is there."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "labeling" / "static" / "labeling" / "vendor"
TOOLS: list[dict[str, Any]] = json.loads((VENDOR / "VENDOR.json").read_text())
PINS: dict[str, Any] = json.loads((ROOT / "frontend" / "package.json").read_text())
KEYS = {
    "name",
    "version",
    "licence",
    "integrity",
    "parts",
    "sha256",
    "gzip",
}


def file_of(tool: dict[str, Any], ending: str) -> Path:
    return VENDOR / f"{tool['name']}-{tool['version']}{ending}"


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: str(tool["name"]))
def test_a_vendored_script_is_the_one_that_was_made(tool: dict[str, Any]) -> None:
    script = file_of(tool, ".js").read_bytes()

    assert set(tool) == KEYS
    assert hashlib.sha256(script).hexdigest() == tool["sha256"]
    assert tool["integrity"].startswith("sha512-")
    assert len(file_of(tool, ".LICENSE.txt").read_text()) > 500
    assert "export" in file_of(tool, ".d.ts").read_text()


def test_nothing_else_stands_in_the_folder_and_its_readme_names_everything() -> None:
    endings = (".js", ".LICENSE.txt", ".d.ts")
    made = {file_of(tool, ending).name for tool in TOOLS for ending in endings}

    assert {each.name for each in VENDOR.iterdir()} == made | {
        "VENDOR.json",
        "README.md",
    }
    readme = (VENDOR / "README.md").read_text()
    assert [
        t["name"] for t in TOOLS if f"`{t['name']}-{t['version']}.js`" not in readme
    ] == []


def test_every_version_is_pinned_exactly() -> None:
    pins = {**PINS["dependencies"], **PINS["devDependencies"]}
    pins |= PINS.get("overrides", {})

    assert [
        pin for pin in pins.values() if not re.fullmatch(r"\d+\.\d+\.\d+", pin)
    ] == []
    parts = [part.rsplit("@", 1) for tool in TOOLS for part in tool["parts"]]
    assert [part for part in parts if pins.get(part[0]) != part[1]] == []


def test_collecting_static_files_leaves_vendored_scripts_as_they_are(
    tmp_path: Path, settings: Any
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "config.static.HashedModules"},
    }

    call_command("collectstatic", interactive=False, verbosity=0)

    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    for tool in TOOLS:
        name = f"labeling/vendor/{tool['name']}-{tool['version']}.js"
        assert (tmp_path / names[name]).read_bytes() == file_of(
            tool, ".js"
        ).read_bytes()
    # what loads it asks for it by the name under which it lies there
    control = (tmp_path / names["labeling/kinds/text/diff.js"]).read_text()
    assert Path(names["labeling/vendor/diff-9.0.0.js"]).name in control
