from django.db import migrations
from django.db.models import F

IN_A_GALLERY = (
    "Anchor", "Change", "GalleryCalibration", "GalleryExport", "GalleryImport", "LiveSession", "Person",
)
SEARCHES = ("identify", "group")


def fill(apps, schema_editor):
    """Everything that an owner has goes into a default gallery."""
    Gallery = apps.get_model("verification", "Gallery")
    models = [apps.get_model("verification", name) for name in IN_A_GALLERY]
    owners = set()
    for model in models:
        owners |= set(model._base_manager.order_by().values_list("owner_id", flat=True).distinct())
    Verification = apps.get_model("verification", "Verification")
    searches = Verification._base_manager.filter(kind__in=SEARCHES)
    owners |= set(searches.order_by().values_list("owner_id", flat=True).distinct())
    versions = dict(apps.get_model("verification", "GalleryVersion").objects.values_list("pk", "version"))
    for owner in sorted(owners | versions.keys()):
        gallery = Gallery.objects.filter(owner_id=owner, is_default=True).first()
        if gallery is None:
            gallery = Gallery.objects.create(
                owner_id=owner, is_default=True, version=versions.get(owner, 0)
            )
        for model in models:
            model._base_manager.filter(owner_id=owner, gallery=None).update(gallery=gallery)
        searches.filter(owner_id=owner, gallery=None).update(gallery=gallery)
    apps.get_model("verification", "Anchor")._base_manager.filter(photo_id=None).update(photo_id=F("id"))


class Migration(migrations.Migration):

    dependencies = [
        ('verification', '0033_several_galleries'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
