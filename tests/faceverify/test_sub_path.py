"""The site below a path of its host."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from tests.support.servers import PASSWORD, site

pytestmark = pytest.mark.server

PATH = "/a/faces"
PAGES = (
    "/", "/accounts/login/", "/accounts/signup/", "/compare/", "/people/", "/people/import/",
    "/people/export/", "/history/", "/batches/", "/model/", "/account/", "/account/keys/",
    "/account/webhooks/", "/nothing/here/",
)  # fmt: skip
LINK = re.compile(r"""(?:href|src|action|hx-get|hx-post|data-[a-z-]*url)=["']([^"'#][^"']*)["']""")
IN_STYLE = re.compile(r"""url\(["']?([^"')]+)["']?\)""")


@pytest.fixture(scope="module")
def below(tmp_path_factory):
    with site(
        tmp_path_factory.mktemp("below"), FACEVERIFY_PATH=PATH, FACEVERIFY_DEBUG="false"
    ) as place:
        place.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        yield place.start_web()


def signed_in(place, through: str) -> requests.Session:
    """A browser, which knows the site by the addresses of the proxy."""
    email = f"someone{through.count('/')}@example.org"
    place.new_key(email)
    browser = requests.Session()
    url = f"{place.url}{through}/accounts/login/"
    token = browser.get(url, timeout=60).cookies["csrftoken"]
    sent = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = browser.post(
        url, sent, headers={"Cookie": f"csrftoken={token}"}, allow_redirects=False, timeout=60
    )
    assert answer.headers["Location"] == f"{PATH}/"
    session = next(c for c in answer.cookies if c.name == "faceverify_session")
    assert session.path == PATH
    browser.headers["Cookie"] = f"faceverify_session={session.value}"
    return browser


@pytest.mark.parametrize(
    "through",
    [
        pytest.param(PATH, id="passed on"),
        pytest.param("", id="taken off", marks=pytest.mark.slow),
    ],
)
def test_whatever_a_page_refers_to_is_there(below, through):
    browser, seen = signed_in(below, through), set()

    for page in PAGES:
        answer = browser.get(f"{below.url}{through}{page}", timeout=60)
        assert answer.status_code == (404 if "nothing" in page else 200), page
        for link in LINK.findall(answer.text.replace("&amp;", "&")):
            target = urlsplit(urljoin(f"{below.url}{PATH}{page}", link))
            if target.netloc == urlsplit(below.url).netloc:
                assert target.path.startswith(f"{PATH}/"), (page, link)
                seen.add(target.path)

    files = {path for path in seen if "/static/" in path}
    assert {path.rsplit(".", 1)[-1] for path in files} >= {"css", "js"}
    for path in files:
        sent = below.url + (through + path.removeprefix(PATH))
        answer = browser.get(sent, timeout=60)
        assert answer.status_code == 200, path
        for link in IN_STYLE.findall(answer.text if path.endswith(".css") else ""):
            if not link.startswith("data:"):
                assert browser.get(urljoin(sent, link), timeout=60).status_code == 200, link


@pytest.mark.parametrize("through", [PATH, ""], ids=["passed on", "taken off"])
def test_the_addresses_that_programs_are_given_have_the_path(below, through):
    api = requests.Session()
    api.headers["Authorization"] = f"Bearer {below.new_key()}"
    root = f"{below.url}{through}/api/v1/"

    key = api.post(f"{root}people/", json={"name": "Ada"}, timeout=60)
    api.post(f"{root}people/", json={"name": "Bea"}, timeout=60)
    made = api.post(f"{root}exports/", timeout=60)
    listed = api.get(f"{root}people/", params={"page_size": 1}, timeout=60).json()
    lost = api.post(f"{root}nothing/", timeout=60)

    assert key.status_code == 201
    assert made.headers["Location"].startswith(f"{below.url}{PATH}/api/v1/exports/")
    assert listed["next"].startswith(f"{below.url}{PATH}/api/v1/people/?")
    addresses = api.get(root, timeout=60).json()
    assert addresses["people"] == f"{below.url}{PATH}/api/v1/people/"
    assert lost.json()["code"] == "not_found"


def test_the_description_and_its_page_have_the_path(below):
    page = requests.get(f"{below.url}{PATH}/api/v1/docs/", timeout=60)
    schema = requests.get(
        f"{below.url}{PATH}/api/v1/schema/", headers={"Accept": "application/json"}, timeout=60
    ).json()
    script = re.findall(r'src="([^"]*script=[^"]*)"', page.text)[0]

    assert schema["servers"] == [{"url": PATH}]
    assert "/api/v1/people/" in schema["paths"]
    settings = requests.get(urljoin(page.url, script), timeout=60)
    assert settings.status_code == 200
    assert f"{PATH}/api/v1/schema/" in settings.text


def test_health_is_asked_with_and_without_the_path(below):
    for address in (f"{below.url}{PATH}/health/live", f"{below.url}/health/live"):
        assert requests.get(address, timeout=60).status_code == 200
