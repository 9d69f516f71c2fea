"""Every address of the site by every kind of caller, as a table of statuses.

    .venv/bin/python scripts/matrix.py > matrix.md

The addresses come from the URL configuration, what is sent to them from the tests of the two matrices. Callers with
a session: nobody, a stranger, the owner of the things asked for, staff. Programs: with a key of each single scope of
the owner's, with an expired key, with a stranger's key that has every scope. Each request is made in a transaction
that is rolled back, so that all meet the same rows. Exit status 1 if somebody gets at what is another's: a status
below 300 for an address with an id to anybody but the owner, or to a key without the scope.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

import logging  # noqa: E402

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import ApiKey, User  # noqa: E402
from faceverify.api.scopes import Scope  # noqa: E402
from tests.api.test_matrix import MATRIX, send  # noqa: E402
from tests.architecture.test_page_matrix import FOR_STAFF, addresses, form  # noqa: E402
from tests.support.clients import browser, program  # noqa: E402
from tests.support.things import make_things  # noqa: E402

SESSIONS = ("nobody", "stranger", "owner", "staff")
FOREIGN = ("nobody", "stranger", "staff", "expired key", "stranger's key")
Row = tuple[str, str, dict[str, int]]


def main() -> int:
    logging.disable(logging.CRITICAL)
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0)
    with transaction.atomic():
        owner, stranger, staff = (
            User.objects.create_user(f"{name}@example.org", is_staff=name == "staff")
            for name in ("owner", "stranger", "staff")
        )
        people = {"nobody": None, "stranger": stranger, "owner": owner, "staff": staff}
        browsers = {name: browser(user) for name, user in people.items()}
        programs = {str(scope): program(owner, scopes=[scope]) for scope in Scope.values}
        programs |= {"expired key": program(owner, scopes=Scope.values)}
        expired = ApiKey.objects.filter(pk=ApiKey.objects.latest("created_at").pk)
        expired.update(expires_at=timezone.now() - timedelta(seconds=1))
        programs |= {"stranger's key": program(stranger, scopes=Scope.values)}
        things = make_things(owner)
        pages = _pages(browsers, things)
        operations = _operations(browsers, programs, things)
        transaction.set_rollback(True)
    _print("Pages", SESSIONS, pages)
    _print("API", (*SESSIONS, *programs), operations)
    breaches = [*_breaches(pages, {}), *_breaches(operations, MATRIX)]
    asked = sum(len(statuses) for _method, _path, statuses in (*pages, *operations))
    print(
        f"\n{asked} requests to {len(pages) + len(operations)} addresses; breaches: {len(breaches)}"
    )
    for breach in breaches:
        print(f"- {breach}")
    return 1 if breaches else 0


def _status(ask: Callable[[], Any]) -> int:
    cache.clear()  # no caller pays for the requests of another
    with transaction.atomic():
        answer = ask()
        status = answer.status_code
        answer.close()
        transaction.set_rollback(True)
    return status


def _pages(browsers: dict, things: dict) -> list[Row]:
    found = []
    for route, url in addresses(things):
        for method in ("get", "post"):
            statuses = {}
            for name, client in browsers.items():
                data = form(things) if method == "post" else None
                headers = {"HX-Request": "true"}
                statuses[name] = _status(
                    partial(getattr(client, method), url, data, headers=headers)
                )
            if set(statuses.values()) - {405, 302} or statuses["owner"] != 405:
                found.append((method, route, statuses))
    return found


def _operations(browsers: dict, programs: dict, things: dict) -> list[Row]:
    found = []
    for method, path in MATRIX:
        statuses = {}
        for name, client in (*_sessions(browsers), *programs.items()):
            statuses[name] = _status(partial(send, client, method, path, things))
        found.append((method, path, statuses))
    return found


def _sessions(browsers: dict) -> list[tuple[str, Any]]:
    """The API as a page of the site asks it, with the session's cookie."""
    from rest_framework.test import APIClient

    clients = []
    for name, asking in browsers.items():
        client = APIClient(raise_request_exception=False)
        client.cookies = asking.cookies
        clients.append((name, client))
    return clients


def _breaches(rows: list[Row], matrix: dict) -> list[str]:
    wrong = []
    for method, path, statuses in rows:
        if path.startswith(FOR_STAFF):
            allowed = {"staff"}
        else:
            allowed = {"owner", *(matrix[method, path][2] if matrix else ())}
        for name, status in statuses.items():
            theirs = "<uuid" in path or (matrix and "<" in path)
            closed = name in ("nobody", "expired key") or (theirs and name in FOREIGN)
            closed = closed or (bool(matrix) and name in Scope.values)
            if name not in allowed and closed and status < 300:
                wrong.append(f"{method.upper()} {path}: {name} got {status}")
    return wrong


def _print(title: str, callers: tuple[str, ...], rows: list[Row]) -> None:
    print(f"\n## {title}\n\n| | Address | {' | '.join(callers)} |\n|{'---|' * (len(callers) + 2)}")
    for method, path, statuses in rows:
        cells = " | ".join(str(statuses[name]) for name in callers)
        print(f"| {method.upper()} | `/{path}` | {cells} |")
    for name in callers:
        counts = Counter(statuses[name] for _method, _path, statuses in rows)
        told = ", ".join(f"{status}: {count}" for status, count in sorted(counts.items()))
        print(f"\n{name}: {told}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        import shutil

        shutil.rmtree(settings.TEST_HOME, ignore_errors=True)
