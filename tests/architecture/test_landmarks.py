"""A table that scrolls is a landmark: it has a name of its own, not that of the section around it, or whoever
listens to a page cannot tell the two apart."""

import re

from tests.support.servers import ROOT

HEADING = re.compile(r"<h[1-4]\b[^>]*>\s*(\{% translate .+? %\}|[^<{]+)")
REGION = re.compile(r'role="region"\s+aria-label="([^"]+)"')


def named(found: list[str]) -> set[str]:
    return {text.replace("'", '"').strip() for text in found}


def test_a_region_is_not_named_as_a_heading_of_its_template():
    regions, shared = 0, {}
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        names = named(REGION.findall(text))
        regions += len(names)
        if both := names & named(HEADING.findall(text)):
            shared[path.name] = both

    assert regions > 5
    assert shared == {}
