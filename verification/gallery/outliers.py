"""What looks wrong with a person: photos of somebody else, and people who are probably the same.

A worker checks a person whenever the embeddings change, people who came with many others together. Both judgements are the model's own, at
the operating points measured for galleries:

- an anchor is an outlier when a verdict on it against the person's others would be "no match";
- two people are probably the same when one, searched for in the gallery, would be a match with
  the other at a false-match rate of 1 in 1,000, however many people there are.
"""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from .. import engine
from ..jobs.clock import later
from ..jobs.queue import send_people
from .embeddings import decrypt_embedding
from .index import people_index
from .locks import lock, slices
from .models import Anchor, Person, Suggestion

SUGGESTED = 5  # people, at most, who are suggested to be the same as one
RESENT = 1000  # people, by one sweep
# That are looked at together: so few that another task has its turn soon.
PEOPLE_AT_ONCE, PHOTOS_AT_ONCE = 20, 200

Likeness = Anchor.Likeness
Same = dict[
    UUID, dict[UUID, float]
]  # of each of some people who is probably the same: {id: similarity}


def person_check(pk: UUID | str) -> bool:
    """Check a person whose embeddings have changed; False when there was nothing to do."""
    return bool(people_check([pk]))


def people_check(ids: Sequence[UUID | str]) -> int:
    """Check some people of one gallery, of whom those are meant whose embeddings have changed; how many
    were.

    A change that comes in between makes the version another one, and another check follows.
    """
    changed = Person.objects.filter(pk__in=ids).exclude(checked_version=F("version"))
    people = {person.pk: person for person in changed.order_by("pk")}
    if not people:
        return 0
    compared = [person for person in people.values() if not person.consent_is_over]
    outliers, same = _outliers(compared), _same(compared)
    with transaction.atomic():
        # A suggestion locks its two people: in order, as a merge does.
        locked = lock(*people, *(other for found in same.values() for other in found))
        still = {
            pk
            for pk, person in people.items()
            if pk in locked and locked[pk].version == person.version
        }
        if still:
            Person.objects.filter(pk__in=still).update(checked_version=F("version"))
            _mark(still, {pk for person, pk in outliers if person in still})
            _suggest(still, {pk: found for pk, found in same.items() if pk in still})
    return len(still)


def resend_unchecked() -> int:
    """Queue the people again whose check the queue lost, and those whose photos came with many others;
    their number."""
    before = later(-settings.FACEVERIFY_REQUEUE_SECONDS)
    waiting = Person.objects.filter(updated_at__lt=before).exclude(checked_version=F("version"))
    first = waiting.order_by("updated_at").values_list("gallery_id", "pk", "ready_count")[:RESENT]
    sent = 0
    for people in _parts(sorted(first)):
        if not send_people(people):
            break
        sent += len(people)
    return sent


def _parts(found: Iterable[tuple[UUID, UUID, int]]) -> Iterator[list[UUID]]:
    """The people of each gallery in parts that are looked at together."""
    part: list[UUID] = []
    last, photos = None, 0
    for gallery, pk, ready in found:
        full = len(part) == PEOPLE_AT_ONCE or photos + ready > PHOTOS_AT_ONCE
        if part and (full or gallery != last):
            yield part
            part, photos = [], 0
        part.append(pk)
        last, photos = gallery, photos + ready
    if part:
        yield part


def _outliers(people: Sequence[Person]) -> set[tuple[UUID, UUID]]:
    """The ready anchors that look like somebody else than the person's others do: (person, anchor)."""
    model = engine.served_model().sha256
    ready = Anchor.objects.filter(
        person__in=[person.pk for person in people],
        state=Anchor.State.READY,
        model_sha256=model,
    )
    photos: dict[UUID, list[tuple[UUID, bytes | memoryview]]] = {}
    for person, pk, stored in ready.order_by("pk").values_list("person_id", "pk", "embedding"):
        photos.setdefault(person, []).append((pk, stored))
    return {(person, pk) for person, rows in photos.items() for pk in _outliers_of(person, rows)}


def _outliers_of(person: UUID, rows: list[tuple[UUID, bytes | memoryview]]) -> Iterator[UUID]:
    if len(rows) < 2:
        return
    embeddings = np.stack([decrypt_embedding(stored) for _pk, stored in rows])
    total, others = embeddings.sum(axis=0), np.array([len(rows) - 1])
    whom: list[UUID | None] = [person]
    for (pk, _stored), embedding in zip(rows, embeddings, strict=True):
        template = engine.template((total - embedding)[None])
        alone = engine.Shortlist([person], whom, template[None], others, size=1)
        (verdict,) = engine.search_templates(embedding, alone)
        if verdict.decision.outcome == "no_match":
            yield pk


def _same(people: Sequence[Person]) -> Same:
    """The people who are probably the same as these.

    Each is searched for among everyone, and found too: thresholds depend on how many those are.
    """
    if not people:
        return {}
    gallery = people[0].gallery_id
    everyone = people_index(gallery_id=gallery, model_sha256=engine.served_model().sha256)
    ended = Person.objects.filter(gallery=gallery).with_ended_consent().order_by()
    everyone = everyone.without(set(ended.values_list("pk", flat=True)))
    found: Same = {}
    for person in people:
        own = everyone.of([person.pk])
        if not own.ids or person.gallery_id != gallery:
            continue
        candidates = engine.search_templates(own.templates[0], everyone, limit=SUGGESTED + 1)
        found[person.pk] = {
            candidate.id: candidate.decision.similarity
            for candidate in candidates
            if candidate.decision.outcome == "match" and candidate.id != person.pk
        }
    return found


def _mark(people: set[UUID], outliers: set[UUID]) -> None:
    """Photos that the owner confirmed stay confirmed."""
    theirs = Anchor.objects.filter(person__in=people).order_by()
    before = set(theirs.filter(likeness=Likeness.OUTLIER).values_list("pk", flat=True))
    for ids, likeness in ((before - outliers, ""), (outliers - before, Likeness.OUTLIER)):
        for part in slices(list(ids)):
            rows = theirs.filter(pk__in=part).exclude(likeness=Likeness.CONFIRMED)
            rows.update(likeness=likeness)


def _suggest(people: set[UUID], same: Same) -> None:
    """Replace the suggestions about these people by those found; dismissed ones stay dismissed."""
    found: dict[tuple[UUID, UUID], float] = {}
    for person, others in same.items():
        for other, similarity in others.items():
            found[min(person, other), max(person, other)] = similarity
    about = Suggestion.objects.filter(
        Q(first__in=people) | Q(second__in=people), dismissed_at=None
    ).order_by()
    past = [
        pk for pk, *pair in about.values_list("pk", "first", "second") if tuple(pair) not in found
    ]
    for part in slices(past):
        Suggestion.objects.filter(pk__in=part).delete()
    named = {pk for pair in found for pk in pair}
    there = {person.pk: person for person in Person.objects.filter(pk__in=named)}
    Suggestion.objects.bulk_create(
        [
            Suggestion(
                owner_id=there[first].owner_id,
                first_id=first,
                second_id=second,
                similarity=similarity,
            )
            for (first, second), similarity in found.items()
            if first in there
            and second in there
            and there[first].gallery_id == there[second].gallery_id
        ],
        ignore_conflicts=True,
    )
