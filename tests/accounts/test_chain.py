"""Chains of entries: what they refuse, and what checking them finds."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import QuerySet

from accounts.audit.models import AuditEntry
from accounts.chain import triggers
from accounts.chain.checking import verify
from accounts.chain.models import AppendOnly, ChainHead
from accounts.chain.sealing import append, append_all, drop_before, hash_of, seal_waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries() -> list[AuditEntry]:
    made = [AuditEntry(action="key.created", object_id=str(number)) for number in range(1, 6)]
    append_all(made)
    return made


def broken() -> tuple[int, str]:
    found = verify(AuditEntry).broken
    assert found is not None
    return found.number, found.reason


def forge(number: int, **values: Any) -> None:
    """As somebody does who has the database, and drops the triggers first."""
    triggers.drop(connection, AuditEntry)
    QuerySet(AuditEntry).filter(number=number).update(**values)


def test_each_entry_holds_the_hash_of_the_one_before(entries):
    rows = list(AuditEntry.objects.order_by("number"))

    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert [row.previous for row in rows] == ["", *(row.hash for row in rows[:-1])]
    report = verify(AuditEntry)
    assert report.intact
    assert (report.entries, report.last, report.last_hash) == (5, 5, rows[-1].hash)


def test_an_entry_that_was_only_saved_is_sealed_later_and_in_its_order(entries):
    for number in (6, 7):
        AuditEntry(action="key.revoked", object_id=str(number)).save()
    assert verify(AuditEntry).waiting == 2

    assert seal_waiting(AuditEntry) == 2

    last = AuditEntry.objects.order_by("-number")[:2]
    assert [entry.object_id for entry in last] == ["7", "6"]
    assert verify(AuditEntry).intact


def test_the_model_neither_changes_nor_deletes(entries):
    for attempt in (
        entries[0].save,
        entries[0].delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(action="key.revoked"),
        lambda: AuditEntry.objects.bulk_update(entries, ["action"]),
    ):
        with pytest.raises(AppendOnly):
            attempt()

    assert verify(AuditEntry).entries == 5


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditentry SET action = 'key.revoked' WHERE number = 2",
        "UPDATE accounts_auditentry SET number = NULL WHERE number = 5",
        "UPDATE accounts_auditentry SET action = 'key.revoked' WHERE number IS NULL",
        "DELETE FROM accounts_auditentry WHERE number = 5",
        "DELETE FROM accounts_auditentry WHERE number IS NULL",
    ],
)
def test_the_database_neither_changes_nor_deletes(entries, statement):
    AuditEntry(action="key.created").save()  # waits for its seal

    with pytest.raises((IntegrityError, DatabaseError), match="neither changed nor deleted"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    assert AuditEntry.objects.filter(action="key.created").count() == 6


def test_a_changed_entry_is_named(entries):
    forge(3, object_id="another")

    assert broken() == (3, "What it says was changed: its hash does not fit.")


def test_an_entry_whose_hash_was_computed_anew_is_named(entries):
    """With the database alone nobody can make the seal."""
    entry = AuditEntry.objects.get(number=5)
    entry.object_id = "another"
    forge(5, object_id="another", hash=hash_of(entry))
    ChainHead.objects.update(hash=hash_of(entry))

    assert broken() == (5, "Its seal does not fit: it was not written by this server.")


def test_a_missing_entry_is_named(entries):
    forge(0)
    QuerySet(AuditEntry).filter(number=2).delete()
    assert broken() == (2, "It is missing.")


def test_the_newest_entries_are_missed(entries):
    forge(0)
    QuerySet(AuditEntry).filter(number__gt=3).delete()
    assert broken() == (4, "It is missing.")


def test_cutting_off_the_end_shows_beside_a_hash_that_is_kept_elsewhere(entries):
    told = verify(AuditEntry)
    forge(0)
    QuerySet(AuditEntry).filter(number__gt=3).delete()
    ChainHead.objects.update(number=3, hash=entries[2].hash)
    assert verify(AuditEntry).intact

    found = verify(AuditEntry, known=(told.last, told.last_hash)).broken

    assert found is not None
    assert (found.number, found.reason) == (4, "It is missing: the chain was longer.")


def test_entries_whose_time_is_over_can_be_dropped_and_the_rest_still_fits(entries):
    last = entries[2]
    checkpoint = AuditEntry(
        action="log.pruned", detail={"through": last.number, "hash": last.hash, "count": 3}
    )

    assert drop_before(4, checkpoint) == 3

    report = verify(AuditEntry)
    assert report.intact
    assert (report.first, report.entries) == (4, 3)


def test_dropped_entries_for_which_no_entry_vouches_are_missed(entries):
    ChainHead.objects.update(kept_from=3)  # the triggers believe this
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_auditentry WHERE number < 3")

    assert broken() == (3, "The entries before it are missing.")


def test_a_new_secret_key_goes_on_with_the_chain(entries, settings):
    settings.SECRET_KEY_FALLBACKS = []
    settings.SECRET_KEY = "another"
    assert "sealed with a key that this server does not have" in broken()[1]

    append(AuditEntry(action="key.created", object_id=str(uuid4())))

    report = verify(AuditEntry)
    assert report.intact
    assert report.unknown_keys == 5
