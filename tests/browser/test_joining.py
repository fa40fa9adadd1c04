"""Modules that travel together do what they do apart."""

from __future__ import annotations

import posixpath
import re
from graphlib import TopologicalSorter

from playwright.sync_api import Browser, Route

from config.joining import joined
from tests.browser.sent import scripts

SCRIPTS = {
    "page.js": (
        'import * as words from "./words.js";\n'
        'import { twice as double, plus } from "./sums.js";\n'
        'import "./said.js";\n'
        "const here = words.hello;\n"
        'const { late } = await import("./late.js");\n'
        "say(here, double(4), plus(1), late, new words.Word().text);\n"
        "document.title = lines.join();\n"
    ),
    "words.js": (
        'export const hello = "Hello";\nexport class Word {\n  text = hello;\n}\n'
    ),
    "sums.js": (
        'export { double as twice } from "./inner/double.js";\n'
        'export * from "./inner/plus.js";\n'
        'say("sums");\n'
    ),
    "inner/double.js": (
        'import { count } from "../shared.js";\n'
        "export function double(a) {\n  return 2 * a + count();\n}\n"
        'say("double");\n'
    ),
    "inner/plus.js": "const here = 1;\nexport const plus = (a) => a + here;\n",
    "said.js": ('import { count as next } from "./shared.js";\nsay("said", next());\n'),
    "late.js": (
        'import { count } from "./shared.js";\nexport const late = `late ${count()}`;\n'
    ),
    "shared.js": "let n = 0;\nexport const count = () => (n += 1);\n",
}
PAGE = """<script>const lines = []; const say = (...what) => lines.push(what.join(" "));</script>
<script type="module" src="page.js"></script>"""


def title(browser: Browser, scripts: dict[str, str]) -> str:
    page = browser.new_page()

    def send(route: Route) -> None:
        name = route.request.url.removeprefix("http://desk.test/")
        if name in scripts:
            route.fulfill(body=scripts[name], content_type="text/javascript")
        else:
            route.fulfill(body=PAGE, content_type="text/html")

    page.route("**/*", send)
    page.goto("http://desk.test/")
    page.wait_for_function("document.title")
    return page.title()


def test_the_same_in_the_same_order(browser: Browser) -> None:
    together = joined(SCRIPTS, lambda name: name == "page.js")

    assert "const hello" in together["page.js"]
    assert title(browser, together) == title(browser, SCRIPTS)
    assert title(browser, SCRIPTS) == "double,sums,said 1,Hello 11 2 late 2 Hello"


def test_no_script_waits_for_itself() -> None:
    """Names that hold a hash of what they import could not be made otherwise."""
    needs = {
        name: {
            posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            for path in re.findall(r'\b(?:import|from)[^";]*"(\.[^"]+)"', script)
        }
        for name, script in scripts().items()
    }

    assert "labeling/core.js" in needs["labeling/workbench.js"]
    TopologicalSorter(needs).prepare()


def test_scripts_are_asked_for_later_by_names_that_can_be_rewritten() -> None:
    """A name that is put together when it runs would lead past the one that is sent."""
    made = [name for name, script in scripts().items() if "import(`" in script]

    assert made == []
