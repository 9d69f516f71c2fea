"""At the same moment, on PostgreSQL: two owners close their accounts, a gallery is handed over while its next owner
leaves, an invitation is accepted while it is withdrawn."""

import json

import pytest

PROGRAM = """
import json, threading
from uuid import uuid4
from allauth.account.models import EmailAddress
from django.db import connection
from accounts.models import User
from verification.gallery.services import person_create
from verification.jobs.services import ActionNotAllowed
from verification.models import Gallery, Membership, Person
from verification.retention.account import account_close
from verification.teams import services
from verification.teams.handing_over import gallery_hand_over

def at_once(*acts):
    barrier, told = threading.Barrier(len(acts)), [None] * len(acts)
    def run(number, act):
        barrier.wait()
        try:
            act()
            told[number] = "done"
        except ActionNotAllowed:
            told[number] = "refused"
        except Exception as error:
            told[number] = repr(error)
        finally:
            connection.close()
    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return told

def account():
    user = User.objects.create_user(f"{uuid4().hex}@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user

def shared(owner, other):
    gallery = Gallery.objects.create(owner=owner, name="Team")
    Membership.objects.create(gallery=gallery, user=other, role="owner", takes_over=True)
    for number in range(10):
        person_create(owner=owner, gallery=gallery, name=str(number))
    return gallery

result = {"closed": [], "handed": [], "accepted": []}
for _ in range(3):
    a, b = account(), account()
    galleries = [shared(a, b).pk, shared(b, a).pk]
    told = at_once(lambda: account_close(owner=a, seconds=60), lambda: account_close(owner=b, seconds=60))
    left = Gallery.objects.filter(pk__in=galleries).count() + Person.objects.filter(gallery__in=galleries).count()
    result["closed"].append([told, left])

    a, b, c = account(), account(), account()
    gallery = shared(a, b)
    told = at_once(
        lambda: gallery_hand_over(gallery=gallery, to=b, by=a),
        lambda: services.member_remove(gallery=gallery, user_id=b.pk, by=b),
        lambda: [person_create(owner=a, gallery=gallery, name="new") for _ in range(5)],
    )
    gallery.refresh_from_db()
    others = Person.objects.filter(gallery=gallery).exclude(owner=gallery.owner).count()
    result["handed"].append([told, "b" if gallery.owner == b else "a", others])

    invitation = services.invite(gallery=gallery, by=gallery.owner, email=c.email, role="editor")
    told = at_once(
        lambda: services.invitation_accept(invitation=invitation, user=c),
        lambda: services.invitation_withdraw(invitation=invitation, by=gallery.owner),
    )
    result["accepted"].append([told, Membership.objects.filter(user=c).count()])
print("RESULT" + json.dumps(result))
"""


@pytest.mark.postgres
def test_nobody_waits_in_a_circle_and_one_of_two_acts_holds(postgres_site):
    said = postgres_site.ask(PROGRAM)

    result = json.loads(said.partition("RESULT")[2].splitlines()[0])

    assert result["closed"] == 3 * [[["done", "done"], 0]]
    for told, owner, of_another_account in result["handed"]:
        assert (told, owner) in (
            (["done", "refused", "done"], "b"),
            (["refused", "done", "done"], "a"),
        )
        assert of_another_account == 0
    for told, members in result["accepted"]:
        assert (told, members) in ((["done", "refused"], 1), (["refused", "done"], 0))
