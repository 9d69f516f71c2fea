"""The lists of the history on both databases: one of them looks into JSON and counts hours in a way of its own."""

import json

import pytest

LOOK = """
import json
from datetime import timedelta
from types import SimpleNamespace
from django.utils import timezone
from accounts.models import User
from faceverify.zones import zone_named
from tests.support.pair_lists import LIST_BYTES, archive
from tests.support.people import person
from tests.support.rows import verification
from verification.batches.services import batch_create
from verification.comparisons.selectors import verification_list
from verification.history.dashboard import dashboard
from verification.history.filters import HistoryFilter
from verification.history.presentation import entries_shown
owner = User.objects.create_user("lists@example.org", "correct horse 9")
ada, bea = person(owner, "Ada"), person(owner, "Bea")
def near(who):
    return {"index": 0, "person_id": str(who.pk), "name": who.name, "similarity": 0.8, "probability": 0.9,
            "outcome": "match", "refusal": None, "taken": False}
verification(owner, "done", title="in a group", kind="group", named_faces=[near(bea), near(ada)])
verification(owner, "done", title="found", kind="identify", candidates=[near(ada), near(bea)])
verification(owner, "done", title="second best", kind="identify", candidates=[near(bea), near(ada)])
batch_create(owner=owner, title="doors", pairs=LIST_BYTES, archive=archive({"a.jpg": b"x"}))
def titles(**query):
    found = HistoryFilter(query, queryset=verification_list(owner=owner), request=SimpleNamespace(user=owner))
    return [entry.title for entry in entries_shown(owner=owner, keys=found.entries().keys())]
with timezone.override(zone_named("Asia/Kolkata")):
    today = str(timezone.localdate())
    print(json.dumps({
        "all": titles(),
        "ada": titles(person=str(ada.pk)),
        "today": titles(first=today, last=today),
        "counted": dict(dashboard(owner=owner, days=7).days[-1].counts),
    }))
owner.delete()
"""


@pytest.mark.server
def test_both_databases_list_and_count_the_same(either_site):
    found = json.loads(either_site.ask(LOOK))

    assert found == {
        "all": ["doors", "second best", "found", "in a group"],
        "ada": ["found", "in a group"],
        "today": ["doors", "second best", "found", "in a group"],
        "counted": {"match": 3},
    }
