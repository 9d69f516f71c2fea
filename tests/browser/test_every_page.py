"""Every page of the site, found by its routes: nothing overlaps, sticks out or is cut off at three widths, at the
narrowest one in German as well, and axe-core finds nothing in both colour schemes. A new page is looked at here
without being named."""

import json
from collections.abc import Iterator

import pytest

from tests.architecture.test_page_matrix import addresses
from tests.support.browsing import problems, signed_in
from tests.support.layout import misplaced
from tests.support.servers import site

pytestmark = [pytest.mark.server, pytest.mark.slow]

# One of each thing, and a history with long names, in an account that may open the console.
MAKE = """
import json
from accounts.models import User
from tests.support.things import make_things
from tests.support.people import anchor, person
from tests.support.rows import verification
user = User.objects.create_user("everything@example.org", "correct horse 9")
things = make_things(user)
long = "a-file-name-without-any-space-that-goes-on-and-on-and-on-until-the-page-ends.jpeg"
named = person(user, "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh of Lower Saxony")
anchor(named, seed=31)
for kind, words in (("pair", {"reference_name": long}), ("person", {"person": named, "person_name": named.name})):
    for outcome in ("match", "no_match", "inconclusive"):
        verification(user, "done", kind=kind, outcome=outcome, probe_name=long, **words)
for state in ("refused", "failed", "pending"):
    verification(user, state, title=long)
User.objects.create_user("nothing@example.org", "correct horse 9")
print(json.dumps({"ids": things["ids"]}, default=str))
"""
LOOKS = [
    pytest.param("light", 1280, True, "en-US", id="light-1280"),
    pytest.param("dark", 390, True, "en-US", id="dark-390"),
    pytest.param("dark", 1920, False, "en-US", id="dark-1920"),
    pytest.param("light", 390, False, "de-DE", id="german-390"),  # longer words
]
# The console has a second factor before it, see test_second_factor.py. Signing somebody out ends the test's own session.
LEFT_OUT = ("console/", "language/")
# Pages of the library of accounts, and those that are open to everybody.
BESIDES = {
    "/accounts/2fa/",
    "/accounts/email/",
    "/accounts/logout/",
    "/accounts/password/change/",
    "/how-it-works/",
    "/privacy/",
}


@pytest.fixture(scope="module")
def everything(tmp_path_factory) -> Iterator[dict]:
    """A site with one of each thing, and the cookies of two owners: of everything, and of nothing."""
    with site(tmp_path_factory.mktemp("every-page")) as place:
        place.start_web()
        made = json.loads(place.ask(MAKE))
        for name in ("everything", "nothing"):
            made[name] = signed_in(place, f"{name}@example.org")
        yield made | {"url": place.url}


@pytest.mark.parametrize("owner", ["everything", "nothing"])
@pytest.mark.parametrize(("scheme", "width", "with_axe", "locale"), LOOKS)
def test_everything_on_every_page_has_its_place(
    chromium, everything, owner, scheme, width, with_axe, locale
):
    viewport = {"width": width, "height": 900}
    context = chromium.new_context(
        base_url=everything["url"],
        storage_state=everything[owner],
        color_scheme=scheme,
        viewport=viewport,
        locale=locale,
    )
    page, found, looked_at = context.new_page(), [], 0
    for address in sorted(_addresses(everything, owner)):
        answer = context.request.get(address, max_redirects=0)
        if answer.status != 200 or b"</html>" not in answer.body():
            continue  # a download, a part of a page, or what only takes a POST
        page.goto(address)
        looked_at += 1
        wrong = misplaced(page) + (problems(page) if with_axe else [])
        found += [f"{address} {each}" for each in wrong]
    context.close()

    assert not found, "\n".join(found)
    assert looked_at > (40 if owner == "everything" else 20)


def _addresses(things: dict, owner: str) -> set[str]:
    return BESIDES | {
        address
        for route, address in addresses(things)
        if not route.startswith(LEFT_OUT) and ("<" not in route or owner == "everything")
    }
