"""An old backup in an empty installation: whoever was forgotten or shut out since stays so."""

import json
import shutil

import pytest
import requests

from tests.support.programs import Client
from tests.support.servers import site
from tests.upkeep.test_backup import two_databases

FILL = """
import json
from allauth.mfa.models import Authenticator
from django.test import Client
from accounts.models import User
from accounts.services import api_key_create
from tests.support.people import anchor, person
from tests.support.rows import verification
from tests.support.things import make_things
def account(email):
    user = User.objects.create_user(email, "correct horse 9")
    keys = {
        name: api_key_create(owner=user, name=name, scopes=["admin", "gallery:read"])[1]
        for name in ("kept", "revoked", "rotated")
    }
    return user, {"id": str(user.pk), "keys": keys}
user, stays = account("stays@example.org")
stays["person"] = str(make_things(user)["ids"]["person"])
for name in ("kept", "lost"):
    Authenticator.objects.create(user=user, type="webauthn", data={"name": name})
visitor = Client()
visitor.force_login(user)
[(name, cookie)] = visitor.cookies.items()
stays["cookie"] = {name: cookie.value}
user, leaves = account("leaves@example.org")
anchor(person(user, "Cleo"), seed=12)
verification(user, "done")
print(json.dumps([stays, leaves]))
"""

FORGET = """
import json, sys
from allauth.mfa.models import Authenticator
from accounts.models import ApiKey, User
from accounts.services import api_key_revoke, api_key_rotate
from verification.models import Receipt
from verification.retention.account import account_close
from verification.retention.receipts import as_json
user = User.objects.get(email="stays@example.org")
api_key_revoke(key=ApiKey.objects.get(owner=user, name="revoked"))
api_key_rotate(key=ApiKey.objects.get(owner=user, name="rotated"))
next(each for each in Authenticator.objects.all() if each.data["name"] == "lost").delete()
account_close(owner=User.objects.get(email="leaves@example.org"))
print(json.dumps([as_json(each) for each in Receipt.objects.order_by("number")]))
"""

LOOK = """
import json
from allauth.mfa.models import Authenticator
from tests.support.photos import photo
from tests.support.traces import traces_of
from verification.models import Person, Verification
sought = {sought!r}
print(json.dumps({{
    "traces": traces_of(photo(11), photo(12), *sought),
    "people": sorted(Person.objects.values_list("name", flat=True)),
    "verdicts": Verification.objects.filter(state="done").count(),
    "passkeys": [each.data["name"] for each in Authenticator.objects.all()],
}}))
"""

COMMAND = """
from django.core.management import call_command
call_command({name!r}, *{given!r})
"""


def last_line(said: str):
    return json.loads(said.splitlines()[-1])


@pytest.mark.server
@pytest.mark.parametrize(
    "kind",
    [
        "sqlite",
        pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow]),
    ],
)
def test_nobody_who_was_erased_or_shut_out_since_comes_back(tmp_path, kind):
    folder, keys, list_ = tmp_path / "backup", tmp_path / "backup.keys", tmp_path / "erasures"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with two_databases(kind) as (one, two):
        with site(tmp_path / "one", **one) as place:
            place.start_web()
            stays, leaves = last_line(place.ask(FILL))
            sought = ["Ada", stays["person"], leaves["id"], "leaves@example.org"]
            assert last_line(place.ask(LOOK.format(sought=sought)))["traces"]
            place.run("manage.py", "backup", str(folder))
            client = Client(place, stays["keys"]["kept"])
            person = f"{place.url}/api/v1/people/{stays['person']}/"

            assert client.session.post(f"{person}erase/", json={"name": "Ada"}).status_code == 200
            receipts = last_line(place.ask(FORGET))
            assert [each["reason"] for each in receipts[-2:]] == ["request", "closed"]
            left = last_line(place.ask(LOOK.format(sought=sought)))
            shutil.copy(tmp_path / "one/var/erasures.jsonl", list_)
        shutil.rmtree(tmp_path / "one")

        with site(tmp_path / "two", **two) as place:
            place.run("manage.py", "check")  # made its own keys
            said = place.run(
                "manage.py", "restore", str(folder), "--keys", str(keys), "--erasures", str(list_)
            )

            assert "Erased again: 1 person" in said and "Everything is in order." in said
            assert "Erased again: 2 API keys that had been ended" in said
            assert left["traces"] == []
            assert last_line(place.ask(LOOK.format(sought=sought))) == left
            for receipt in receipts:
                (tmp_path / "receipt.json").write_text(json.dumps(receipt))
                place.ask(COMMAND.format(name="verify_receipt", given=[f"{tmp_path}/receipt.json"]))
            place.ask(COMMAND.format(name="verify_audit", given=[]))
            replayed = place.ask(COMMAND.format(name="replay_erasures", given=[]))
            assert "Nothing that was erased is here." in replayed

            place.start_web()
            answers = {name: _status(place, secret) for name, secret in stays["keys"].items()}
            assert answers == {"kept": 200, "revoked": 401, "rotated": 401}
            assert _status(place, leaves["keys"]["kept"]) == 401
            page = requests.get(
                f"{place.url}/account/",
                cookies=stays["cookie"],
                allow_redirects=False,
                timeout=60,
            )
            assert (page.status_code, "/accounts/login/" in page.headers["Location"]) == (302, True)


def _status(place, secret: str) -> int:
    return Client(place, secret).session.get(f"{place.url}/api/v1/people/", timeout=60).status_code
