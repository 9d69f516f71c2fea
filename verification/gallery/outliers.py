"""What looks wrong with a person: photos of somebody else, and people who are probably the same.

A worker looks at a person whenever the embeddings change. Both judgements are the model's own, at
the operating points measured for galleries:

- an anchor is unlike the others when a verdict on it against them would be "no match";
- two people are probably the same when one, searched for in the gallery, would be a match with
  the other at a false-match rate of 1 in 1,000, however many people there are.
"""

from datetime import timedelta

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from .. import engine
from ..jobs.queue import CHECK_PERSON, send
from .locks import lock
from .models import Anchor, Person, Suggestion
from .templates_cache import person_templates, decrypt_embedding

SUGGESTED = 5  # people, at most, who are said to be the same as one
RESENT = 200
BATCH = 500

Likeness = Anchor.Likeness


def person_check(pk) -> bool:
    """Look at a person whose embeddings have changed; False when there was nothing to do.

    A change that comes in between makes the version another one, and another look follows.
    """
    person = Person.objects.filter(pk=pk).exclude(checked_version=F("version")).first()
    if person is None:
        return False
    model = engine.get_verifier().model["sha256"]
    unlike = _unlike(person, model)
    same = _same(person, model)
    with transaction.atomic():
        lock(person.pk, *same)  # a suggestion locks its two people: in order, as a merge does
        still = Person.objects.filter(pk=pk, version=person.version)
        if not still.update(checked_version=person.version):
            return False
        _mark(person, unlike)
        _suggest(person, same)
    return True


def resend_unchecked() -> int:
    """Queue the people again whose look the queue lost; their number."""
    before = timezone.now() - timedelta(seconds=settings.FACEVERIFY_REQUEUE_SECONDS)
    waiting = Person.objects.filter(updated_at__lt=before).exclude(checked_version=F("version"))
    sent = 0
    for pk in waiting.order_by("updated_at").values_list("pk", flat=True)[:RESENT]:
        if not send(CHECK_PERSON, pk):
            break
        sent += 1
    return sent


def _unlike(person: Person, model: str) -> list:
    """The ids of the ready anchors that look like somebody else than the others."""
    ready = person.anchors.filter(state=Anchor.State.READY, model_sha256=model)
    rows = list(ready.order_by().values_list("pk", "embedding"))
    if len(rows) < 2:
        return []
    embeddings = np.stack([decrypt_embedding(stored) for _pk, stored in rows])
    total, others = embeddings.sum(axis=0), np.array([len(rows) - 1])
    found = []
    for (pk, _stored), embedding in zip(rows, embeddings, strict=True):
        template = engine.template((total - embedding)[None])
        (verdict,) = engine.gallery().search(embedding, template[None], others)
        if verdict.decision.outcome == "no_match":
            found.append(pk)
    return found


def _same(person: Person, model: str) -> dict:
    """The people who are probably this one: {id: similarity}."""
    templates = person_templates(owner_id=person.owner_id, model_sha256=model)
    if person.pk not in templates.ids:
        return {}
    me = templates.ids.index(person.pk)
    others = np.delete(np.arange(len(templates.ids)), me)
    if not len(others):
        return {}
    found = engine.gallery().search(
        templates.matrix[me], templates.matrix[others], templates.counts[others], limit=SUGGESTED
    )
    return {
        templates.ids[others[each.row]]: round(each.decision.similarity, 6)
        for each in found
        if each.decision.outcome == "match"
    }


def _mark(person: Person, unlike: list) -> None:
    """What the owner confirmed stays confirmed."""
    marked = person.anchors.filter(likeness=Likeness.UNLIKE)
    before = set(marked.order_by().values_list("pk", flat=True))
    for ids, likeness in ((before - set(unlike), ""), (set(unlike) - before, Likeness.UNLIKE)):
        ids = list(ids)
        for start in range(0, len(ids), BATCH):
            rows = person.anchors.filter(pk__in=ids[start : start + BATCH])
            rows.exclude(likeness=Likeness.CONFIRMED).update(likeness=likeness)


def _suggest(person: Person, same: dict) -> None:
    """Keep the suggestions about a person as they are found now; dismissed ones stay dismissed."""
    about = Suggestion.objects.filter(Q(first=person) | Q(second=person), dismissed_at=None)
    found = list(same)
    about.exclude(Q(first__in=found) | Q(second__in=found)).delete()
    there = Person.objects.filter(pk__in=found, owner=person.owner_id)
    pairs = {other: sorted((person.pk, other)) for other in there.values_list("pk", flat=True)}
    Suggestion.objects.bulk_create(
        [
            Suggestion(
                owner_id=person.owner_id,
                first_id=first,
                second_id=second,
                similarity=same[other],
            )
            for other, (first, second) in pairs.items()
        ],
        ignore_conflicts=True,
    )
