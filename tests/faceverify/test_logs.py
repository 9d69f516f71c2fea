"""No log shows what a photo, a key or a password is, whatever breaks and however much is logged."""

import io
import json

import pytest
import requests
import structlog

from faceverify.logs import logging_config
from tests.support import failing
from tests.support.faces import make_face
from tests.support.present import present
from tests.support.servers import Client, eventually, site

WORD = "marmalade"  # part of every value that has to stay out of the logs
BROKEN = "broken on purpose"


@pytest.mark.server
@pytest.mark.parametrize("level", ["ERROR", "DEBUG"])
@pytest.mark.parametrize("form", ["console", "json"])
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
