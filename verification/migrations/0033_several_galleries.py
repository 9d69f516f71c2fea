import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

IN_A_GALLERY = ("anchor", "change", "gallerycalibration", "galleryexport", "galleryimport", "livesession", "person")


def gallery(on_delete=django.db.models.deletion.CASCADE):
    return models.ForeignKey(blank=True, null=True, on_delete=on_delete, related_name='+', to='verification.gallery')


class Migration(migrations.Migration):
    """Columns that are empty at first; the next migration fills them, and the one after it makes them
    required."""

    dependencies = [
        ('accounts', '0009_key_of_one_gallery'),
        ('verification', '0032_looks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Gallery',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('external_id', models.CharField(blank=True, max_length=255)),
                ('is_default', models.BooleanField(default=False, editable=False)),
                ('version', models.PositiveBigIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='galleries', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-is_default', 'name', 'created_at', 'id'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('owner',), name='gallery_one_default'),
                    models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('owner', 'external_id'), name='gallery_external_id_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), ('is_default', True), _connector='OR'), name='gallery_has_a_name'),
                ],
            },
        ),
        migrations.AddField('anchor', 'external_id', models.CharField(blank=True, max_length=255, default=''), preserve_default=False),
        migrations.AddField('anchor', 'metadata', models.JSONField(blank=True, default=dict)),
        migrations.AddField('anchor', 'photo_id', models.UUIDField(editable=False, null=True)),
        migrations.AlterField(
            model_name='anchor',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='anchors', to='verification.person'),
        ),
        migrations.AddField('person', 'external_id', models.CharField(blank=True, max_length=255, default=''), preserve_default=False),
        migrations.AddField('person', 'metadata', models.JSONField(blank=True, default=dict)),
        migrations.AddField('verification', 'gallery', gallery(django.db.models.deletion.SET_NULL)),
        *(migrations.AddField(model, 'gallery', gallery()) for model in IN_A_GALLERY),
    ]
