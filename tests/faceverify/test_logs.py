"""No log shows what a photo, a key or a password is, whatever breaks and however much is logged."""

import io
import json
import logging
import re

import pytest
import requests
import structlog

from faceverify.logs import logging_config, without_secrets
from tests.support import failing
from tests.support.faces import make_face
from tests.support.present import present
from tests.support.programs import Client
from tests.support.servers import eventually, free_port, site

WORD = "marmalade"  # part of every value that has to stay out of the logs
BROKEN = "broken on purpose"


@pytest.mark.server
@pytest.mark.parametrize(
    ("form", "level"),
    [
        ("console", "DEBUG"),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (("console", "ERROR"), ("json", "DEBUG"), ("json", "ERROR"))
        ),
    ],
)
def test_what_breaks_is_logged_without_a_local_variable(tmp_path, form, level):
    with site(
        tmp_path,
        DJANGO_SETTINGS_MODULE="tests.support.failing_settings",
        FACEVERIFY_LOG_FORMAT=form,
        FACEVERIFY_LOG_LEVEL=level,
        FACEVERIFY_TEST_WORD=WORD,
    ) as place:
        key = place.new_key("owner@example.org")
        place.start_web().start_worker()
        client = Client(place, key)

        assert client.submit(make_face(1) + WORD.encode(), make_face(2)).status_code == 500
        page = requests.Session()
        page.get(f"{place.url}/accounts/login/", timeout=60)
        answer = page.post(
            f"{place.url}/accounts/login/",
            {"login": "owner@example.org", "password": f"{WORD} 9"},
            headers={"X-CSRFToken": present(page.cookies["csrftoken"])},
            timeout=60,
        )
        assert answer.status_code == 500
        id = client.submit(make_face(1), make_face(2), title=WORD).json()["id"]
        assert client.finished(id)["failure"] == {"code": "internal_error"}
        eventually(lambda: BROKEN in place.log("worker"), "the worker's log")

        web, worker = place.log("web"), place.log("worker")

    assert web.count(BROKEN) >= 2
    for log in (web, worker):
        assert "in fail" in log  # the traceback is there
        for secret in (WORD, str(failing.NUMBER)[:8], key, r"\xff\xd8", "correct horse"):
            assert secret not in log, log[max(0, log.index(secret) - 1500) :][:2000]
    if level == "DEBUG":
        assert len(web) > 1000
    if form == "json":
        events = [json.loads(line) for line in worker.splitlines() if line.startswith("{")]
        assert any(BROKEN in event.get("exception", "") for event in events)


@pytest.mark.server
@pytest.mark.parametrize("form", [pytest.param("console", marks=pytest.mark.slow), "json"])
def test_what_people_do_is_logged_without_what_is_theirs(tmp_path, form):
    """Every value that somebody gives contains WORD, at the most talkative level."""
    with site(
        tmp_path,
        FACEVERIFY_LOG_FORMAT=form,
        FACEVERIFY_LOG_LEVEL="DEBUG",
        FACEVERIFY_EMAIL_VERIFICATION="none",
        FACEVERIFY_SMTP_HOST="127.0.0.1",
        FACEVERIFY_SMTP_PORT=str(free_port()),  # where nobody listens
    ) as place:
        key = place.new_key("owner@example.org")
        place.start_web().start_worker()
        client = Client(place, key)
        page = Browser(place)

        page.post("/accounts/signup/", email=f"{WORD}@example.org", password1=f"{WORD} 9 {WORD}",
                  password2=f"{WORD} 9 {WORD}")  # fmt: skip
        page.post("/accounts/login/", login=f"{WORD}@example.org", password=f"{WORD} wrong")
        page.post("/accounts/login/", login="owner@example.org", password="correct horse 9")
        page.post(
            "/accounts/password/reset/", login=f"{WORD}@example.org", email=f"{WORD}@example.org"
        )
        page.get(f"/accounts/password/reset/key/1-{WORD}/")
        page.get(f"/accounts/confirm-email/{WORD}/")
        page.get(f"/history/?q={WORD}")
        page.post("/people/new/", name=f"{WORD} I", note=WORD)
        page.session.post(
            f"{place.url}/accounts/password/reset/key/1-{WORD}/", {"a": WORD}, timeout=60
        )
        page.session.post(f"{place.url}/compare/", {"title": WORD}, timeout=60)  # no CSRF token
        api = client.session
        api.get(f"{place.url}/api/v1/people/", params={"q": WORD, "cursor": WORD}, timeout=60)
        api.post(f"{place.url}/api/v1/people/", json={"name": f"{WORD} II", WORD: WORD}, timeout=60)
        api.post(f"{place.url}/api/v1/people/", data=f"{{{WORD}", timeout=60,
                 headers={"Content-Type": "application/json", "Idempotency-Key": WORD})  # fmt: skip
        api.get(f"{place.url}/api/v1/people/", headers={"Authorization": f"Bearer fv_{WORD}{WORD}"})
        photos = {
            "probe": (f"{WORD}.jpg", make_face(1)),
            "reference": (f"{WORD}.jpg", make_face(1, 1)),
        }
        address = f"{place.url}/api/v1/verifications/"
        made = api.post(address, files=photos, data={"title": WORD}, timeout=60)
        assert made.status_code == 202, made.text
        assert client.finished(made.json()["id"])["outcome"] == "match"
        id = made.headers["X-Request-ID"]
        eventually(lambda: id in place.log("worker"), "the request's id in the worker's log")
        web, worker = place.log("web"), place.log("worker")

    for log in (web, worker):
        assert len(log) > 1000
        for secret in (WORD, key, "owner@example", "correct horse", "probe.jpg"):
            assert secret not in log, log[max(0, log.index(secret) - 700) :][:1000]
    if form == "json":
        lines = [json.loads(line) for line in worker.splitlines() if line.startswith("{")]
        (carried,) = (
            line for line in lines
            if line["event"] == "verification_carried_out" and line.get("request_id") == id
        )  # fmt: skip
        queued = [json.loads(line) for line in web.splitlines() if line.startswith("{")]
        assert carried["task_id"] in {
            line["child_task_id"]
            for line in queued
            if line["event"] == "task_enqueued" and line["request_id"] == id
        }
        assert all(line.startswith("{") for line in web.splitlines()), "gunicorn's own lines too"


class Browser:
    """Sends forms as a browser does."""

    def __init__(self, place):
        self.place, self.session = place, requests.Session()

    def get(self, address: str) -> requests.Response:
        return self.session.get(self.place.url + address, timeout=60)

    def post(self, address: str, **fields: str) -> requests.Response:
        form = self.get(address)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        data = fields | {"csrfmiddlewaretoken": present(token)[1]}
        return self.session.post(form.url, data, timeout=60)


def test_what_a_library_quotes_is_taken_out():
    line = (
        "ada.lovelace@example.org sent fv_abcdefghijkl and Bearer abcdefghijkl to "
        "postgresql://someone:password@db/name by /accounts/password/reset/key/1-abc/\n"
        "DETAIL:  Key (name)=(Ada) already exists."
    )

    assert without_secrets(line) == (
        "...@... sent fv_... and Bearer ... to "
        "postgresql://...@db/name by /accounts/password/reset/key/.../\n"
        "DETAIL: ..."
    )
    assert without_secrets("celery@localhost: done in 3 s") == "celery@localhost: done in 3 s"


def formatted(form: str, raised: Exception) -> str:
    """The line about an error that was raised."""
    formatter = logging_config(form, "INFO")["formatters"]["site"]
    made = formatter["()"](
        foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
    )
    error = (type(raised), raised, raised.__traceback__)
    return made.format(logging.LogRecord("x", logging.ERROR, "f.py", 1, "failed", (), error))


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_value_that_a_database_quotes_in_an_error_is_not_logged(form):
    try:
        raise ValueError(f"duplicate key\nDETAIL:  Key (name)=({WORD}) already exists.")
    except ValueError as error:
        line = formatted(form, error)

    assert "duplicate key" in line and "in test_a_value" in line
    assert WORD not in line


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_local_variable_is_not_logged_with_an_error(form, monkeypatch):
    monkeypatch.setenv(failing.WORD, WORD)
    try:
        failing.fail()
    except RuntimeError as error:
        line = formatted(form, error)

    assert BROKEN in line and "in fail" in line
    for secret in (WORD, str(failing.NUMBER)[:8], r"\xff\xd8"):
        assert secret not in line


@pytest.mark.parametrize(
    "name", ["django.db.backends", "django.template", "PIL.x", "urllib3.x", "httpcore.x"]
)
def test_libraries_that_tell_values_at_debug_stay_quiet(name):
    """SQL with its parameters, all that a page is made from, a photo's metadata, addresses."""
    loggers = logging_config("json", "DEBUG")["loggers"]

    assert loggers[name.removesuffix(".x")]["level"] == "INFO"


def test_the_usual_console_would_show_them(monkeypatch):
    """What the test above looks for is there to be found."""
    monkeypatch.setenv(failing.WORD, WORD)
    out = io.StringIO()
    show = structlog.dev.RichTracebackFormatter(show_locals=True, width=200)
    try:
        failing.fail()
    except RuntimeError as error:
        show(out, (type(error), error, error.__traceback__))

    assert WORD in out.getvalue()
    assert str(failing.NUMBER)[:8] in out.getvalue()
