"""Columns that hold another column's text as it is searched.

Databases fold case in ways of their own: SQLite only that of ASCII letters, PostgreSQL as its collation
says, and neither takes "é" and "e" with an accent of its own for the same. So what is searched is folded
here, in one function, and stored beside the text.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import models
from django.db.models import Q


def fold(text: str) -> str:
    """The same for texts that differ only in case, or in how their accents are encoded (canonical
    caseless matching, The Unicode Standard, D145, in the composed form)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


class FoldedField(models.TextField):
    """The text of the column `of`, folded. Kept by `FoldedModel` and `FoldedQuerySet`."""

    def __init__(self, *args: Any, of: str = "", **options: Any):
        self.of = of
        super().__init__(*args, **{"default": "", "editable": False, "blank": True, **options})

    def deconstruct(self) -> Any:
        """To the database and its migrations this is a text field."""
        name, _path, arguments, options = super().deconstruct()
        return name, "django.db.models.TextField", arguments, options

    def pre_save(self, instance: models.Model, add: bool) -> str:
        folded = fold(getattr(instance, self.of))
        setattr(instance, self.attname, folded)
        return folded


class FoldedModel(models.Model):
    """A model with folded columns, which follow whenever a row is saved."""

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        if update_fields is not None:
            given = set(update_fields)
            update_fields = given | {f.name for f in folded_fields(type(self)) if f.of in given}
        super().save(*args, update_fields=update_fields, **options)


class FoldedQuerySet(models.QuerySet):
    """Rows whose folded columns follow an update."""

    def update(self, **values: Any) -> int:
        return super().update(**with_folded(self.model, values))

    update.__dict__["alters_data"] = True  # no template may call it


def with_folded(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    """The values of an update, with those of the folded columns that follow."""
    folded = {
        field.name: fold(values[field.of]) for field in folded_fields(model) if field.of in values
    }
    return values | folded


@cache
def folded_fields(model: type[models.Model]) -> list[FoldedField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, FoldedField)]


def holds(model: type[models.Model], text: str) -> Q:
    """The condition that one of the model's folded columns has the text in it."""
    words, found = fold(text), Q()
    for field in folded_fields(model):
        found |= Q(**{f"{field.name}__contains": words})
    return found
