"""A restored backup does not bring back what was erased: it is erased again."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.chain import triggers
from accounts.chain.checking import verify
from accounts.chain.models import ChainHead
from accounts.models import ApiKey, User
from accounts.services import api_key_create, api_key_revoke
from tests.support.people import anchor, person
from tests.support.present import present
from tests.support.rows import verification
from tests.support.traces import traces_of
from verification.comparisons.services import verification_delete
from verification.gallery import services as gallery
from verification.models import Anchor, Erased, Person, Receipt, Verification
from verification.retention import erased
from verification.retention.account import account_close
from verification.retention.people import person_erase_everywhere
from verification.retention.receipts import as_json, check, receipt_add, receipts_adopt
from verification.retention.replay import replay_erasures
from verification.retention.rules import rules_set
from verification.retention.runs import run_rules

pytestmark = pytest.mark.django_db

TABLES = (User, Person, Anchor, Verification)


def backup() -> str:
    """The rows and files as they are now."""
    rows = [row for model in TABLES for row in model._base_manager.all()]
    return serializers.serialize("json", rows)


def restore(rows: str) -> None:
    """An older database in place of today's: it knows nothing of what was erased since."""
    Erased.objects.all().delete()
    with transaction.atomic():
        for model in reversed(TABLES):
            connection.cursor().execute(f"DELETE FROM {model._meta.db_table}")
        for row in serializers.deserialize("json", rows):
            row.save()


@pytest.fixture
def ada(user):
    found = person(user, "Ada")
    anchor(found, seed=1)
    return found


def test_a_person_who_was_erased_everywhere(user, ada, committing):
    row = verification(user, "done", kind="person", person=ada, person_name="Ada")
    before = backup()
    with committing():
        person_erase_everywhere(owner=user, person=ada)
    restore(before)
    assert traces_of("Ada")

    with committing():
        counts = replay_erasures()

    assert traces_of("Ada", str(ada.pk)) == []
    assert counts["people"] == 1
    assert Verification.objects.get().pk == row.pk
    assert Receipt.objects.order_by("-number")[0].reason == "restored"


def test_a_verdict_and_a_photo_that_were_deleted(user, ada, committing):
    gone, kept = verification(user, "done"), verification(user, "done")
    photo = anchor(ada, seed=2)
    before = backup()
    with committing():
        verification_delete(verification=gone)
        gallery.anchor_delete(anchor=photo, erase=True)
    restore(before)

    replay_erasures()

    assert list(Verification.objects.all()) == [kept]
    assert ada.anchors.count() == 1


def test_photos_that_a_rule_erased(user, committing):
    from tests.retention.test_rules import old

    row = old(verification(user, "done"))
    before = backup()
    rules_set(owner=user, days={"photos": 30})
    with committing():
        while not run_rules():
            pass
    restore(before)

    replay_erasures()

    row.refresh_from_db()
    assert (row.probe_image.name, row.outcome) == ("", "match")


def test_an_account_that_was_closed(user, stranger, ada, committing):
    before = backup()
    with committing():
        account_close(owner=user)
    restore(before)

    with committing():
        replay_erasures()

    assert list(User.objects.all()) == [stranger]
    assert traces_of(user.email, str(user.pk)) == []


def test_who_was_merged_keeps_the_photos(user, ada, committing):
    """The merge is undone by the backup, but it erased no photo."""
    bob = person(user, "Bob")
    anchor(bob, seed=5)
    before = backup()
    with committing():
        merged = gallery.people_merge(owner=user, into=bob, other=ada)
        gallery.change_erase(owner=user, change_id=present(merged.change).pk)
    restore(before)

    replay_erasures()

    assert {each.name: each.anchors.count() for each in Person.objects.all()} == {
        "Ada": 1,
        "Bob": 1,
    }


def test_it_may_be_repeated_and_then_finds_nothing(user, ada, committing):
    before = backup()
    with committing():
        person_erase_everywhere(owner=user, person=ada)
    restore(before)
    assert replay_erasures()

    assert replay_erasures() == {}


def test_the_list_holds_no_id_and_survives_damage(user, ada, committing, settings):
    before = backup()
    with committing():
        person_erase_everywhere(owner=user, person=ada)
    told = settings.FACEVERIFY_ERASURES.read_text()
    assert str(ada.pk) not in told and "Ada" not in told
    assert settings.FACEVERIFY_ERASURES.stat().st_mode & 0o777 == 0o600
    assert any("receipt" in json.loads(line) for line in told.splitlines())
    settings.FACEVERIFY_ERASURES.write_text('nonsense\n{"at"\n' + told + '{"at": "2026')
    restore(before)

    replay_erasures()

    assert not Person.objects.exists()


def test_nothing_is_lost_while_the_list_cannot_be_written(
    user, ada, committing, settings, tmp_path
):
    good = settings.FACEVERIFY_ERASURES
    settings.FACEVERIFY_ERASURES = tmp_path
    with committing():
        person_erase_everywhere(owner=user, person=ada)
    assert Erased.objects.filter(listed=False).exists()

    settings.FACEVERIFY_ERASURES = good
    assert erased.extend_list() == 3  # as the daily clean-up does

    assert not Erased.objects.filter(listed=False).exists()
    assert "everywhere" in good.read_text()


def test_what_the_list_of_another_machine_says_is_in_the_own_one_afterwards(
    user, ada, committing, settings, tmp_path
):
    before = backup()
    with committing():
        person_erase_everywhere(owner=user, person=ada)
    theirs = settings.FACEVERIFY_ERASURES
    settings.FACEVERIFY_ERASURES = tmp_path / "own.jsonl"
    restore(before)
    with committing():
        replay_erasures([theirs])
    erased.extend_list()  # its turn comes once in a transaction
    restore(before)

    with committing():
        replay_erasures()

    assert traces_of("Ada", str(ada.pk)) == []


def test_keys_and_passkeys_that_were_ended_let_nobody_in(user, committing):
    key, other = (api_key_create(owner=user, name=name)[0] for name in ("lost", "kept"))
    passkeys = [
        Authenticator.objects.create(user=user, type="webauthn", data={"name": name})
        for name in ("lost", "kept")
    ]
    before = serializers.serialize("python", passkeys)  # JSON would round the time
    with committing():
        api_key_revoke(key=key)
        passkeys[0].delete()
    ApiKey.objects.update(revoked_at=None)  # a backup from before
    for row in serializers.deserialize("python", before):
        row.save()

    counts = replay_erasures()

    assert counts == {"revoked_keys": 1, "passkeys": 1}
    assert list(ApiKey.objects.filter(revoked_at=None)) == [other]
    assert [each.data["name"] for each in Authenticator.objects.all()] == ["kept"]


class TestReceipts:
    @pytest.fixture
    def told(self, user):
        """Of two receipts, which the backup does not know."""
        told = [
            as_json(receipt_add(owner_id=user.pk, reason="rule", counts={"verdicts": number}))
            for number in (1, 2)
        ]
        triggers.drop(connection, Receipt)
        QuerySet(Receipt).all().delete()
        ChainHead.objects.all().delete()
        return told

    def test_that_follow_the_end_of_the_chain_hold_again(self, told):
        assert [each.number for each in receipts_adopt(reversed(told))] == [1, 2]

        assert check(told[0]).good and check(told[1]).good
        assert verify(Receipt).intact

    @pytest.mark.parametrize("change", [{"counts": {"verdicts": 9}}, {"seal": "x:y"}, {"at": 7}])
    def test_that_were_changed_are_not_taken_back(self, told, change):
        assert receipts_adopt([told[0] | change, told[1]]) == []

        assert not Receipt.objects.exists()


def test_the_command_says_what_it_did(user, ada, committing, capsys):
    before = backup()
    with committing():
        person_erase_everywhere(owner=user, person=ada)
    restore(before)

    call_command("replay_erasures")
    assert "Erased again: 1 person" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no file"):
        call_command("replay_erasures", "/nowhere/list.jsonl")
