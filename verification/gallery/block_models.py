"""What is kept of a gallery so that a search need not open every photo's numbers by themselves."""

from django.db import models

PREFIX_BITS = 12
PREFIXES = 1 << PREFIX_BITS  # parts of all ids, by their first bits


class Kind(models.TextChoices):
    """What a row of a block is: a person, by all their photos together, or one photo."""

    PEOPLE = "people"
    ANCHORS = "anchors"


class TemplateBlock(models.Model):
    """The numbers of some thousand people or photos of a gallery, sealed together: those whose ids begin
    with `first` to `last`, see `prefix_of`, as they were when the gallery had the version `sequence`.

    Derived from the anchors: a block may be deleted at any time, and is made again when it is missing.
    It never has numbers that are not in the gallery any more: it is deleted with them.
    """

    DERIVED = True

    gallery = models.ForeignKey("verification.Gallery", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    model_sha256 = models.CharField(max_length=64)
    first = models.PositiveSmallIntegerField()
    last = models.PositiveSmallIntegerField()
    sequence = models.PositiveBigIntegerField()
    rows = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gallery", "kind", "model_sha256", "first"], name="block_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.first:03x} to {self.last:03x}"


class Departure(models.Model):
    """That somebody, or a photo, whose id begins with `prefix` is in a gallery no more, or is with other
    numbers: what a search has in memory of that part is read again. `sequence`: the version of the
    gallery from which on; null until the transaction raises it. No ids are kept: they may be erased."""

    # Without a constraint: rows may be noted while the gallery itself is being deleted.
    gallery = models.ForeignKey(
        "verification.Gallery", on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=7, choices=Kind.choices)
    prefix = models.PositiveSmallIntegerField()
    sequence = models.PositiveBigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["gallery", "sequence"], name="departure_by_gallery")]

    def __str__(self) -> str:
        return f"{self.kind} {self.prefix:03x}"
