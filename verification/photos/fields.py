"""The column of a private photo, and of its size."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.core.files import File
from django.db import models
from django.db.models.fields.files import FieldFile

from .sealed_files import sealed_size
from .storage import private_files


class PhotoFile(FieldFile):
    """Notes the size it is stored with in its row, so that no file has to be looked at for a sum."""

    field: "PhotoField"

    def save(self, name: str, content: File, save: bool = True) -> None:
        # As in the base class, but that a name of ours is not cleaned of what it never has.
        path = cast(Callable[[Any, str], str], self.field.upload_to)
        self.name = self.storage.save(path(self.instance, name), content)
        setattr(self.instance, self.field.attname, self.name)
        self._committed = True
        if self.field.size_field:
            setattr(self.instance, self.field.size_field, sealed_size(content.size))
        if save:
            self.instance.save()


class PhotoField(models.FileField):
    """A file field; `size_field` names the column for the file's size, as an ImageField's
    `width_field` does. A row without a file has 0 there."""

    attr_class = PhotoFile

    def __init__(self, *args: Any, size_field: str = "", **options: Any):
        self.size_field = size_field
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """To the database and its migrations this is a file field."""
        name, _path, arguments, options = super().deconstruct()
        return name, "django.db.models.FileField", arguments, options


def photo_field(path: Callable[[Any, str], str], size_field: str = "") -> PhotoField:
    """A private, encrypted photo."""
    return PhotoField(
        storage=private_files, upload_to=path, max_length=200, blank=True, size_field=size_field
    )


def size_column() -> models.PositiveBigIntegerField:
    """The size of a stored, encrypted photo in bytes; 0 without one."""
    return models.PositiveBigIntegerField(default=0, editable=False)
