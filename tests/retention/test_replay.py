"""A restored backup does not bring back what was erased: it is erased again."""

import json

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import User
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


def test_the_command_says_what_it_did(user, ada, committing, capsys):
    before = backup()
    with committing():
        person_erase_everywhere(owner=user, person=ada)
    restore(before)

    call_command("replay_erasures")
    assert "Erased again: 1 person" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no file"):
        call_command("replay_erasures", "/nowhere/list.jsonl")
