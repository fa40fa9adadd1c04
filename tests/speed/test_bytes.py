"""What a disk holds is computed from what rows weigh, and stands in the page."""

from __future__ import annotations

from pathlib import Path

from benchmarks import bytes as scales

WEIGHTS = {
    "bytes_per_prediction": 600.0,
    "bytes_per_payload": 200.0,
    "bytes_per_task": 700.0,
    "bytes_per_label": 300.0,
}


def test_a_disk_holds_more_where_inputs_are_blanked_and_fewer_are_reviewed() -> None:
    usual = scales.holds(WEIGHTS, reviewed=0.2, content=200)

    assert usual == scales.DISK / (600 + 200 + 200 + 0.2 * 1000)
    assert scales.holds(WEIGHTS, reviewed=0.2, content=0) > usual
    assert scales.holds(WEIGHTS, reviewed=0.02, content=200) > usual


def test_the_tables_of_the_page_are_renewed_and_the_rest_stays(tmp_path: Path) -> None:
    page = tmp_path / "scale.md"
    page.write_text(
        "Before\n<!-- figures -->\nold\n<!-- end of figures -->\nBetween\n"
        "<!-- capacity -->\n<!-- end of capacity -->\nAfter\n"
    )
    found = [scales.Fact(name, value, "") for name, value in WEIGHTS.items()]

    scales.put(page, found)
    once = page.read_text()
    scales.put(page, found)

    assert page.read_text() == once
    assert "| `bytes_per_prediction` | 600 |" in once
    assert "old" not in once
    assert all(word in once for word in ("Before\n", "Between\n", "After\n", "million"))
