"""What every answer of the site carries, and what its log does not."""

import json
import logging

import pytest
import structlog
from django.http import HttpResponse
from django.test import Client

from faceverify.middleware import RequestLogMiddleware

pytestmark = pytest.mark.django_db


def test_security_headers(client):
    answer = client.get("/health/live")

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "camera=(self)" in answer["Permissions-Policy"]
    assert len(answer["X-Request-ID"]) == 36


def test_cookies_need_https_when_https_is_set(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/accounts/login/").status_code == 301
    assert client.get("/health/live").status_code == 200


def test_an_unknown_host_is_refused():
    assert Client(headers={"host": "evil.example.org"}).get("/health/live").status_code == 400


def test_live_needs_nothing(client):
    assert client.get("/health/live").json() == {"status": "ok"}


def test_health_is_only_read(client):
    assert client.post("/health/ready").status_code == 405


@pytest.mark.parametrize(
    ("address", "logged"),
    [
        ("/history/?q=Ada+Lovelace", "GET /history/"),
        ("/accounts/password/reset/key/1-abc-def/", "GET /accounts/password/reset/key/.../"),
        ("/accounts/confirm-email/MQ:1/", "GET /accounts/confirm-email/.../"),
    ],
)
def test_the_log_holds_no_search_word_and_no_secret(rf, address, logged):
    assert RequestLogMiddleware.format_request(rf.get(address)) == logged


@pytest.mark.parametrize(
    ("address", "status", "level"),
    [
        ("/static/css/base.css", 200, "debug"),
        ("/static/css/base.css", 304, "debug"),
        ("/static/css/none.css", 404, "warning"),
        ("/health/ready", 200, "debug"),
        ("/health/ready", 503, "error"),
        ("/history/", 200, "info"),
    ],
)
def test_what_is_asked_for_all_the_time_is_logged_at_debug(rf, address, status, level):
    serve = RequestLogMiddleware(lambda request: HttpResponse(status=status))

    with structlog.testing.capture_logs() as lines:
        answer = serve(rf.get(address))

    assert isinstance(answer, HttpResponse)
    (line,) = [line for line in lines if line["event"] == "request_finished"]
    assert (line["log_level"], line["code"], line["request"]) == (level, status, f"GET {address}")
    assert len(answer["X-Request-ID"]) == 36


def test_logs_are_json_with_the_request_id(capsys):
    from faceverify.logs import logging_config

    formatter = logging_config("json", "INFO")["formatters"]["site"]
    made = formatter["()"](
        foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
    )
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        record = logging.LogRecord("x", logging.INFO, "f.py", 1, "hello %s", ("you",), None)
        line = json.loads(made.format(record))

    assert (line["event"], line["request_id"], line["level"]) == ("hello you", "r-1", "info")


def test_a_traceback_on_the_console_shows_no_variable():
    import sys

    from faceverify.logs import logging_config

    formatter = logging_config("console", "INFO")["formatters"]["site"]
    made = formatter["()"](
        foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
    )
    secret = "fv_" + "secret".upper()
    try:
        raise RuntimeError("what went wrong")
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "f.py", 1, "failed", (), sys.exc_info())
    with structlog.contextvars.bound_contextvars():
        line = made.format(record)

    assert "what went wrong" in line
    assert secret not in line
