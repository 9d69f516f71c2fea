"""A name in the texts that an owner has written, and in file names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model, Q

from ..comparisons.words import ERASED_NAME
from ..gallery.locks import slices
from ..gallery.models import Person

CHUNK = 500

# Where an owner's free text is: model, the way to its owner, the columns; of a JSON column every
# text in it.
TEXTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("verification.Verification", "owner", ("title", "probe_name", "reference_name")),
    ("verification.SearchPhoto", "verification__owner", ("file_name",)),
    ("verification.Review", "verification__owner", ("note",)),
    ("verification.Person", "owner", ("note", "tags", "consent_given_by", "consent_for")),
    ("verification.Anchor", "owner", ("file_name",)),
    ("verification.Change", "owner", ("summary", "payload")),
    ("verification.Batch", "owner", ("title",)),
    ("verification.BatchPair", "batch__owner", ("probe", "reference", "title", "detail")),
    ("verification.GalleryImport", "owner", ("file_name", "people", "refusal_detail")),
    ("verification.ImportedFile", "job__owner", ("path", "person_name", "detail", "remedy")),
    ("verification.GalleryExport", "owner", ("left_out",)),
    ("verification.PreviewedVerdict", "verification__owner", ("name",)),
    ("verification.Webhook", "owner", ("description",)),
    ("accounts.ApiKey", "owner", ("name",)),
)


class NameInTexts:
    """Finds a name as a whole word, in any case, with whatever stands between its parts in a file
    name: "Ada Lovelace" is found in ada_lovelace-2.jpg, and "Ada" not in "Adam"."""

    def __init__(self, name: str):
        parts = [part for part in re.split(r"[\s_.\-]+", name.strip()) if part] or [name]
        within = r"[\s_.\-]+".join(map(re.escape, parts))
        self._pattern = re.compile(rf"(?<![^\W\d_]){within}(?![^\W\d_])", re.IGNORECASE)
        # What the database looks for first: without regard to case it can do that in ASCII only.
        self._part = max((part for part in parts if part.isascii()), key=len, default="")

    def is_in(self, text: str) -> bool:
        return bool(self._pattern.search(text))

    def taken_out(self, value: Any) -> Any:
        """A text, or whatever JSON can hold, without the name."""
        if isinstance(value, str):
            return self._pattern.sub(ERASED_NAME, value)
        if isinstance(value, list):
            return [self.taken_out(each) for each in value]
        if isinstance(value, dict):
            return {self.taken_out(key): self.taken_out(each) for key, each in value.items()}
        return value

    def perhaps_in(self, columns: tuple[str, ...]) -> Q:
        condition = Q()
        for column in columns:
            condition |= Q(**{f"{column}__icontains": self._part}) if self._part else Q()
        return condition


@dataclass(frozen=True)
class Found:
    """A row whose texts hold the name, and these columns without it."""

    model: type[Model]
    pk: Any
    columns: dict[str, Any]


# How the rows of these models are found that belong to a verdict.
OF_VERDICT = {
    "verification.Verification": "pk",
    "verification.SearchPhoto": "verification",
    "verification.Review": "pk",
}


def texts_with(*, person: Person, verdicts: Sequence[UUID] = ()) -> Iterator[Found]:
    """The rows of the owner in whose texts the person's name stands; of `verdicts`, whoever they belong
    to."""
    for label, owner, columns in TEXTS:
        yield from _found_in(label, columns, person, **{owner: person.owner_id})
    for part in slices(verdicts):
        for label, owner, columns in TEXTS:
            if way := OF_VERDICT.get(label):
                others = ~Q(**{owner: person.owner_id})
                yield from _found_in(label, columns, person, others, **{f"{way}__in": part})


def _found_in(
    label: str, columns: tuple[str, ...], person: Person, *conditions: Q, **also: Any
) -> Iterator[Found]:
    name, model = NameInTexts(person.name), apps.get_model(label)
    manager = getattr(model, "all_objects", model._default_manager)
    rows = manager.filter(name.perhaps_in(columns), *conditions, **also)
    for row in rows.order_by().values("pk", *columns).iterator(chunk_size=CHUNK):
        without = {column: name.taken_out(row[column]) for column in columns}
        changed = {column: new for column, new in without.items() if new != row[column]}
        if changed:
            yield Found(model, row["pk"], changed)


def erase_texts(found: Iterator[Found]) -> int:
    """Take the name out of these texts; how many they were. "[erased]" may be longer than the name
    was: a text is cut to what its column holds."""
    number = 0
    for row in list(found):
        lengths = {field.name: field.max_length for field in row.model._meta.concrete_fields}
        values = {
            column: text[: lengths[column]] if isinstance(text, str) else text
            for column, text in row.columns.items()
        }
        manager = getattr(row.model, "all_objects", row.model._default_manager)
        manager.filter(pk=row.pk).update(**values)
        number += len(values)
    return number


def is_ambiguous(person: Person) -> bool:
    """Whether the name is a part of somebody else's in the gallery: then a text may mean either."""
    name = NameInTexts(person.name)
    others = Person.objects.filter(name.perhaps_in(("name",)), owner=person.owner_id)
    others = others.exclude(pk=person.pk).order_by()
    return any(map(name.is_in, others.values_list("name", flat=True)))
