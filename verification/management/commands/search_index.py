"""Galleries that are searched in PostgreSQL: moving them there, and away."""

import time
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.models import Count

from verification import engine
from verification.gallery.gallery_models import Gallery
from verification.gallery.index import pgvector_tables as tables
from verification.gallery.index.pgvector_building import build
from verification.gallery.index.pgvector_writing import close_space, drop_left_partitions, spaces
from verification.gallery.models import Anchor


class Command(BaseCommand):
    help = (
        "The vectors of galleries that PostgreSQL searches (FACEVERIFY_SEARCH=pgvector). build: of the "
        "galleries with FACEVERIFY_PGVECTOR_FROM people or photos, and again after a change of the model; "
        "the site may run meanwhile, and a run that was cut off is started again. status: what there is. "
        "remove: leave no vector in the database."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("act", choices=("build", "status", "remove"))
        parser.add_argument("--gallery", type=UUID, help="this one, however large it is")
        parser.add_argument(
            "--memory",
            help="of PostgreSQL for building a graph, as 4GB: it is fastest where the graph fits",
        )

    def handle(self, *args, **options) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("The database is not PostgreSQL: galleries are searched in memory.")
        if options["act"] == "remove":
            tables.remove()
            self.stdout.write(
                "All vectors are removed. Their places on the disk are free, and not yet overwritten."
            )
            return
        if settings.FACEVERIFY_SEARCH != "pgvector" or not tables.are_there():
            raise CommandError("Set FACEVERIFY_SEARCH=pgvector and run: python manage.py migrate")
        if options["act"] == "build":
            self._build(options["gallery"], options["memory"])
        self._tell_status()

    def _build(self, gallery: UUID | None, memory: str | None) -> None:
        try:
            model = engine.served_model().sha256
        except engine.ArtifactError as error:
            raise CommandError(f"{error.detail} {error.remedy}") from error
        for space in spaces():
            if space.model_sha256 != model:
                close_space(space)
        drop_left_partitions()
        if gallery and not Gallery.objects.filter(pk=gallery).exists():
            raise CommandError(f"There is no gallery {gallery}.")
        for kind, counted in ((tables.PERSON, "person"), (tables.ANCHOR, "pk")):
            for pk in [gallery] if gallery else _large(model, counted):
                began = time.monotonic()
                build(pk, model, kind, memory=memory, tell=self._tell)
                self.stdout.write(f"gallery {pk}, {kind}: {time.monotonic() - began:.0f} s")

    def _tell(self, said: str) -> None:
        self.stdout.write(f"  {said}")
        self.stdout.flush()

    def _tell_status(self) -> None:
        for space in spaces():
            ((vectors,),) = tables.rows(f"SELECT count(*) FROM {space.partition}")  # noqa: S608
            ((size,),) = tables.rows(
                "SELECT pg_total_relation_size(%(of)s)", {"of": space.partition}
            )
            ((waiting,),) = tables.rows(
                "SELECT count(*) FROM verification_vector_change WHERE space_id = %(id)s",
                {"id": space.id},
            )
            state = "searched in PostgreSQL" if space.is_ready else "not whole yet"
            self.stdout.write(
                f"gallery {space.gallery_id}, {space.kind}: {state}, {vectors} vectors, "
                f"{size / 1e6:.0f} MB, {waiting} to be written"
            )


def _large(model: str, counted: str) -> list[UUID]:
    """The galleries with so many people, or photos, that this model has embedded."""
    ready = Anchor.objects.filter(state=Anchor.State.READY, model_sha256=model).order_by()
    numbers = ready.values("gallery").annotate(number=Count(counted, distinct=True))
    large = numbers.filter(number__gte=settings.FACEVERIFY_PGVECTOR_FROM)
    return sorted(large.values_list("gallery", flat=True))
