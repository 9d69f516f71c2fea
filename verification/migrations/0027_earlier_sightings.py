from django.db import migrations

AT_ONCE = 500


def note_earlier(apps, schema_editor):
    """Of verdicts that were there before; of people who were deleted for good nothing is noted."""
    Verification = apps.get_model("verification", "Verification")
    Person = apps.get_model("verification", "Person")
    Sighting = apps.get_model("verification", "Sighting")
    verdicts = Verification._base_manager.filter(outcome="match").order_by("pk")
    last = None
    while True:
        page = verdicts if last is None else verdicts.filter(pk__gt=last)
        rows = list(page.only("owner_id", "person_id", "candidates", "named_faces", "created_at")[:AT_ONCE])
        if not rows:
            return
        last = rows[-1].pk
        seen = {row.pk: _people_seen(row) for row in rows}
        ids = {id for found in seen.values() for id in found}
        people = Person._base_manager.filter(pk__in=ids).values_list("pk", "owner_id")
        owners = {str(pk): owner for pk, owner in people}
        Sighting._base_manager.bulk_create(
            Sighting(owner_id=row.owner_id, person_id=id, verification_id=row.pk, at=row.created_at)
            for row in rows
            for id in sorted(seen[row.pk])
            if owners.get(id) == row.owner_id
        )


def _people_seen(row):
    entries = [*row.candidates, *row.named_faces]
    seen = {entry.get("person_id") for entry in entries if entry.get("outcome") == "match"}
    return {id for id in (*seen, row.person_id and str(row.person_id)) if id}


class Migration(migrations.Migration):

    dependencies = [
        ('verification', '0026_sightings'),
    ]

    operations = [
        migrations.RunPython(note_earlier, migrations.RunPython.noop),
    ]
