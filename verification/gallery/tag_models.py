"""The tags of people as rows, for finding them; what people have is in `Person.tags`."""

from django.db import models

TAG_LENGTH = 50


class PersonTag(models.Model):
    """A tag of a person who is not deleted, see `rows.retag`, which writes it."""

    person = models.ForeignKey("verification.Person", on_delete=models.CASCADE, related_name="+")
    gallery = models.ForeignKey(
        "verification.Gallery", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    tag = models.CharField(max_length=TAG_LENGTH)

    class Meta:
        ordering = ["tag", "person"]
        constraints = [
            models.UniqueConstraint(
                fields=["gallery", "tag", "person"], name="tag_once_for_a_person"
            ),
        ]

    def __str__(self) -> str:
        return self.tag
