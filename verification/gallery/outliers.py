"""What looks wrong with a person: photos of somebody else, and people who are probably the same.

A worker checks a person whenever the embeddings change. Both judgements are the model's own, at
the operating points measured for galleries:

- an anchor is an outlier when a verdict on it against the person's others would be "no match";
- two people are probably the same when one, searched for in the gallery, would be a match with
  the other at a false-match rate of 1 in 1,000, however many people there are.
"""

from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from .. import engine
from ..jobs.clock import later
from ..jobs.queue import CHECK_PERSON, send
from .embeddings import decrypt_embedding
from .index import people_index
from .locks import lock, slices
from .models import Anchor, Person, Suggestion

SUGGESTED = 5  # people, at most, who are suggested to be the same as one
RESENT = 200

Likeness = Anchor.Likeness


def person_check(pk: UUID | str) -> bool:
    """Check a person whose embeddings have changed; False when there was nothing to do.

    A change that comes in between makes the version another one, and another check follows.
    """
    person = Person.objects.filter(pk=pk).exclude(checked_version=F("version")).first()
    if person is None:
        return False
    model = engine.served_model().sha256
    outliers: list[UUID] = []
    same: dict[UUID, float] = {}
    if not person.consent_is_over:
        outliers, same = _outliers(person, model), _same(person, model)
    with transaction.atomic():
        lock(person.pk, *same)  # a suggestion locks its two people: in order, as a merge does
        still = Person.objects.filter(pk=pk, version=person.version)
        if not still.update(checked_version=person.version):
            return False
        _mark(person, outliers)
        _suggest(person, same)
    return True


def resend_unchecked() -> int:
    """Queue the people again whose check the queue lost; their number."""
    before = later(-settings.FACEVERIFY_REQUEUE_SECONDS)
    waiting = Person.objects.filter(updated_at__lt=before).exclude(checked_version=F("version"))
    sent = 0
    for pk in waiting.order_by("updated_at").values_list("pk", flat=True)[:RESENT]:
        if not send(CHECK_PERSON, pk):
            break
        sent += 1
    return sent


def _outliers(person: Person, model: str) -> list[UUID]:
    """The ids of the ready anchors that look like somebody else than the others do."""
    ready = person.anchors.filter(state=Anchor.State.READY, model_sha256=model)
    rows = list(ready.order_by().values_list("pk", "embedding"))
    if len(rows) < 2:
        return []
    embeddings = np.stack([decrypt_embedding(stored) for _pk, stored in rows])
    total, others = embeddings.sum(axis=0), np.array([len(rows) - 1])
    whom: list[UUID | None] = [person.pk]
    outliers = []
    for (pk, _stored), embedding in zip(rows, embeddings, strict=True):
        template = engine.template((total - embedding)[None])
        alone = engine.Shortlist([person.pk], whom, template[None], others, size=1)
        (verdict,) = engine.search_templates(embedding, alone)
        if verdict.decision.outcome == "no_match":
            outliers.append(pk)
    return outliers


def _same(person: Person, model: str) -> dict[UUID, float]:
    """The people who are probably this one: {id: similarity}.

    The person is searched for among everyone, and found too: thresholds depend on how many those are.
    """
    people = people_index(gallery_id=person.gallery_id, model_sha256=model)
    ended = Person.objects.filter(gallery=person.gallery_id).with_ended_consent().order_by()
    people = people.without(set(ended.values_list("pk", flat=True)))
    own = people.of([person.pk])
    if not own.ids:
        return {}
    candidates = engine.search_templates(own.templates[0], people, limit=SUGGESTED + 1)
    return {
        candidate.id: candidate.decision.similarity
        for candidate in candidates
        if candidate.decision.outcome == "match" and candidate.id != person.pk
    }


def _mark(person: Person, outliers: list[UUID]) -> None:
    """Photos that the owner confirmed stay confirmed."""
    marked = person.anchors.filter(likeness=Likeness.OUTLIER)
    before, now = set(marked.order_by().values_list("pk", flat=True)), set(outliers)
    for ids, likeness in ((before - now, ""), (now - before, Likeness.OUTLIER)):
        for part in slices(list(ids)):
            rows = person.anchors.filter(pk__in=part).exclude(likeness=Likeness.CONFIRMED)
            rows.update(likeness=likeness)


def _suggest(person: Person, same: dict[UUID, float]) -> None:
    """Replace the suggestions about a person by these; dismissed ones stay dismissed."""
    about = Suggestion.objects.filter(Q(first=person) | Q(second=person), dismissed_at=None)
    about.exclude(Q(first__in=list(same)) | Q(second__in=list(same))).delete()
    others = Person.objects.filter(pk__in=list(same), gallery=person.gallery_id)
    pairs = {other: sorted((person.pk, other)) for other in others.values_list("pk", flat=True)}
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
