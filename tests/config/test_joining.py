"""Modules that only one other needs travel within it."""

from __future__ import annotations

from config.joining import joined

SCRIPTS = {
    "desk/page.js": 'import { one } from "./one.js";\nimport "./two.js";\n',
    "desk/one.js": 'import { deep } from "./parts/deep.js";\nexport const one = deep;\n',
    "desk/parts/deep.js": (
        'import { shared } from "../shared.js";\n'
        "export const deep = shared;\n"
        'export const late = () => import("../late.js");\n'
    ),
    "desk/two.js": "export const two = 2;\n",
    "desk/late.js": 'import { shared } from "./shared.js";\nexport const late = shared;\n',
    "desk/shared.js": "export const shared = 1;\n",
    "desk/control.js": "export const control = 1;\n",
    "desk/user.js": 'import { control } from "./control.js";\n',
}


def is_entry(name: str) -> bool:
    return name in {"desk/page.js", "desk/control.js", "desk/user.js"}


def test_what_only_one_module_needs_travels_within_it() -> None:
    page = joined(SCRIPTS, is_entry)["desk/page.js"]

    assert "const one = deep" in page
    assert "const deep = shared" in page
    assert "const two = 2" in page


def test_what_several_need_or_a_page_asks_for_stays_a_module_of_its_own() -> None:
    sent = joined(SCRIPTS, is_entry)

    assert "const shared = 1" not in sent["desk/page.js"]
    assert sent["desk/page.js"].startswith('import * as _from0 from "./shared.js";')
    for name in ("desk/late.js", "desk/shared.js", "desk/control.js", "desk/user.js"):
        assert sent[name].strip() == SCRIPTS[name].strip()


def test_addresses_are_those_of_the_module_that_they_travel_in() -> None:
    assert 'import("./late.js")' in joined(SCRIPTS, is_entry)["desk/page.js"]


def test_a_module_that_is_asked_for_later_is_not_sent_before() -> None:
    assert "late = shared" not in joined(SCRIPTS, is_entry)["desk/page.js"]


def test_what_an_entry_passes_on_whole_is_in_it_for_all() -> None:
    sent = joined(
        {
            "core.js": 'export * from "./words.js";\nexport * from "./sums.js";\n',
            "words.js": 'import { sum } from "./sums.js";\nexport const word = sum;\n',
            "sums.js": "export const sum = 1;\n",
            "inner/control.js": (
                'import * as words from "../words.js";\n'
                'import { sum } from "../sums.js";\n'
                "export const control = words.word + sum;\n"
            ),
        },
        lambda name: name in {"core.js", "inner/control.js"},
    )

    assert "const word = sum" in sent["core.js"]
    assert "const { sum } = _0;" in sent["core.js"]
    assert 'import * as words from "../core.js";' in sent["inner/control.js"]
    assert 'import { sum } from "../core.js";' in sent["inner/control.js"]
