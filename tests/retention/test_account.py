"""Closing an account takes everything with it, and leaves a receipt."""

import json

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

from accounts.models import ApiKey, User
from accounts.services import api_key_create
from tests.support.clients import browser, program
from tests.support.photos import photo
from tests.support.rows import verification
from tests.support.things import make_things
from tests.support.traces import traces_of
from verification.jobs.claims import claim, end_failed
from verification.jobs.services import ActionNotAllowed
from verification.models import ClosingAccount, Person, Receipt, Verification
from verification.retention import account
from verification.retention.account import account_close, accounts_go_on

pytestmark = pytest.mark.django_db

EMAIL = "owner@example.org"


def test_nothing_is_left_of_an_account(user, owner, committing):
    make_things(user)
    owner.get("/account/")
    stray = f"verifications/{user.pk}"
    sought: list[str | bytes] = [
        str(user.pk),
        EMAIL,
        "Ada",
        "receiver.example.org",
        photo(1),
        photo(11),
    ]
    assert len(traces_of(*sought)) > 40

    with committing():
        answer = owner.post("/account/close/", {"typed": EMAIL.upper()})

    assert traces_of(*sought) == []
    assert not account.private_files().exists(stray)
    assert not User.objects.filter(pk=user.pk).exists() and not Session.objects.exists()
    assert not ClosingAccount.objects.exists()
    page = browser().get(answer["Location"])
    assert page.status_code == 200 and EMAIL not in page.content.decode()


def test_the_receipt_is_there_for_whoever_has_its_address(user, committing):
    verification(user, "done")
    with committing():
        id = account_close(owner=user)

    told = browser().get(f"/receipts/{id}.json").json()

    assert told["reason"] == "closed"
    assert told["counts"]["verdicts"] == 1 and told["counts"]["photos"] == 2
    assert told["counts"]["accounts"] == 1


def test_others_keep_everything(user, stranger):
    kept = verification(stranger, "done")

    account_close(owner=user)

    assert list(Verification.objects.all()) == [kept]
    assert list(User.objects.all()) == [stranger]


def test_nothing_happens_before_the_address_is_typed(user, owner):
    for typed in ("", "someone@example.org"):
        assert owner.post("/account/close/", {"typed": typed}).status_code == 422

    assert User.objects.get().is_active


def test_what_is_too_much_for_a_request_is_erased_by_the_workers(user, monkeypatch, committing):
    verification(user, "done")
    _key, secret = api_key_create(owner=user, name="camera")
    client = browser(user)
    monkeypatch.setattr(account, "PORTION", 1)
    with committing():
        id = account_close(owner=user, seconds=0)

    # Already closed: nobody signs in, no key works.
    assert ClosingAccount.objects.exists() and User.objects.filter(is_active=False).exists()
    assert client.get("/account/").status_code == 302
    assert not ApiKey.objects.filter(revoked_at=None).exists()
    assert b"still being erased" in browser().get(f"/receipts/{id}/").content
    assert (
        program().get("/api/v1/people/", headers={"Authorization": f"Bearer {secret}"}).status_code
        == 401
    )

    monkeypatch.setattr(account, "STALE", -account.STALE)
    with committing():
        assert accounts_go_on() == 1

    assert Receipt.objects.get().pk == id
    assert traces_of(EMAIL, str(user.pk)) == []


def test_a_job_that_runs_meanwhile_writes_nothing(user):
    row = verification(user)
    held = claim(Verification, pk=row.pk, worker=None)
    assert held

    account_close(owner=user)

    assert not end_failed(held, "too_late")
    assert not Verification.objects.exists()


def test_the_last_administrator_stays(db, django_user_model):
    first = django_user_model.objects.create_superuser("a@example.org", "correct horse 9")

    with pytest.raises(ActionNotAllowed, match="only administrator"):
        account_close(owner=first)
    assert browser(first).post("/account/close/", {"typed": "a@example.org"}).status_code == 422

    django_user_model.objects.create_superuser("b@example.org", "correct horse 9")
    account_close(owner=first)
    assert [each.email for each in django_user_model.objects.all()] == ["b@example.org"]


class TestReceipts:
    @pytest.fixture
    def receipt(self, user, stranger):
        account_close(owner=user)
        account_close(owner=stranger)
        return Receipt.objects.get(number=1)

    @pytest.fixture
    def file(self, receipt, tmp_path):
        path = tmp_path / "receipt.json"
        path.write_bytes(browser().get(f"/receipts/{receipt.pk}.json").content)
        return path

    def test_one_that_is_intact_holds(self, receipt, file, capsys):
        for given in (str(file), str(receipt.pk)):
            call_command("verify_receipt", given)

            said = capsys.readouterr().out
            assert "1 account" in said and "number 1 of 2 receipts" in said
            assert "Not proven:" in said

    @pytest.mark.parametrize("member", ["counts", "at", "number", "account"])
    def test_one_that_was_changed_does_not(self, file, member, capsys):
        told = json.loads(file.read_text())
        told[member] = {"verdicts": 9} if member == "counts" else 7
        file.write_text(json.dumps(told))

        with pytest.raises(CommandError):
            call_command("verify_receipt", str(file))

        assert "its hash does not fit" in capsys.readouterr().out

    def test_one_that_another_server_sealed_does_not(self, file, settings, capsys):
        settings.SECRET_KEY = "another"

        with pytest.raises(CommandError):
            call_command("verify_receipt", str(file))

        assert "a key that this server does not have" in capsys.readouterr().out

    def test_one_that_the_chain_has_lost_is_told_apart(self, file, capsys):
        from django.db import connection
        from django.db.models import QuerySet

        from accounts.chain import triggers

        triggers.drop(connection, Receipt)
        QuerySet(Receipt).all().delete()

        with pytest.raises(CommandError):
            call_command("verify_receipt", str(file))

        said = capsys.readouterr().out
        assert "This server wrote it" in said and "missing in the chain" in said

    @pytest.mark.parametrize("content", ["", "[1]", '{"format": "x"}', "{"])
    def test_what_is_no_receipt_is_refused(self, tmp_path, content, db):
        path = tmp_path / "x.json"
        path.write_text(content)

        with pytest.raises(CommandError):
            call_command("verify_receipt", str(path))

    def test_one_of_a_person_names_nobody(self, owner, user, capsys):
        made = Person.objects.create(owner=user, name="Grace")

        answer = owner.post(f"/people/{made.pk}/erase/", {"typed": " grace "})

        told = owner.get(answer["Location"][:-1] + ".json").content.decode()
        assert "Grace" not in told and str(made.pk) not in told and str(user.pk) not in told
