"""The counts and tags of the people who are there already."""

from django.db import migrations
from django.db.models import Avg, Count, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

AT_ONCE = 500


def fill(apps, _schema_editor):
    Person = apps.get_model("verification", "Person")
    Anchor = apps.get_model("verification", "Anchor")
    Sighting = apps.get_model("verification", "Sighting")
    PersonTag = apps.get_model("verification", "PersonTag")
    anchors = Anchor.objects.filter(person=OuterRef("pk"), deleted_in=None)
    sightings = Sighting.objects.filter(person=OuterRef("pk"))

    def told(rows, what):
        return Subquery(rows.order_by().values("person").annotate(told=what).values("told"))

    ready, unlike = anchors.filter(state="ready"), anchors.filter(likeness="unlike")
    with_photos = Q(pk__in=Anchor.objects.filter(deleted_in=None).values("person"))
    Person.objects.filter(with_photos).update(
        anchor_count=Coalesce(told(anchors, Count("pk")), 0),
        ready_count=Coalesce(told(ready, Count("pk")), 0),
        unlike_count=Coalesce(told(unlike, Count("pk")), 0),
        quality=Coalesce(told(ready, Avg("quality")), Value(-1.0)),
    )
    seen = Q(pk__in=Sighting.objects.values("person"))
    Person.objects.filter(seen).update(seen_at=told(sightings, Max("at")))
    tagged = Person.objects.filter(deleted_in=None).exclude(tags=[]).order_by()
    rows = []
    for pk, gallery, tags in tagged.values_list("pk", "gallery_id", "tags").iterator():
        rows += [PersonTag(person_id=pk, gallery_id=gallery, tag=tag) for tag in dict.fromkeys(tags)]
        if len(rows) >= AT_ONCE:
            PersonTag.objects.bulk_create(rows)
            rows = []
    PersonTag.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("verification", "0042_lists_of_large_galleries")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
