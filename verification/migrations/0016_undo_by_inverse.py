"""Changes of the gallery are stored with an inverse of one form, whatever their kind."""

from django.db import migrations


def to_inverse(payload: dict, cover_of) -> dict:
    """The payload of a change of any kind, as verification/gallery/undo.py describes it.

    A cover went back to what it was unless another was chosen since: where the payload does not say
    what the change made of it, `cover_of(person)` is that.
    """
    person = payload.get("into") or payload.get("from") or payload["person"]
    former = payload.get("other") or payload.get("from") or payload["person"]
    to = payload.get("into") or payload.get("to")
    details = {
        column: [payload["before"][column], payload["after"][column]]
        for column in payload.get("before", ())
    }
    if "cover" in payload:
        then = payload["cover_then"] if "cover_then" in payload else cover_of(person)
        details["cover_id"] = [payload["cover"], then]
    return {
        "from": former,
        "to": to,
        "anchors": payload.get("anchors", []) if to else [],
        "verifications": payload.get("verifications", []),
        "details": {person: details} if details else {},
    }


def forwards(apps, _schema_editor):
    Change, Person = (apps.get_model("verification", name) for name in ("Change", "Person"))

    def cover_of(person):
        cover = Person.objects.filter(pk=person).values_list("cover", flat=True).first()
        return str(cover) if cover else None

    for change in Change.objects.filter(undone_at=None).iterator(chunk_size=100):
        if change.payload and "details" not in change.payload:
            change.payload = to_inverse(change.payload, cover_of)
            change.save(update_fields=["payload"])


class Migration(migrations.Migration):
    dependencies = [("verification", "0015_batch_photo_conditions")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
