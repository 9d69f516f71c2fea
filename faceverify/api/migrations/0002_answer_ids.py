"""The ids in kept answers get a table of their own, so that they are found without a scan."""

import re
import uuid

import django.db.models.deletion
from django.db import migrations, models

ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def fill(apps, _schema_editor):
    IdempotentRequest = apps.get_model("rest", "IdempotentRequest")
    AnswerId = apps.get_model("rest", "AnswerId")
    for pk, body in IdempotentRequest.objects.exclude(body="").values_list("pk", "body").iterator():
        AnswerId.objects.bulk_create(
            AnswerId(request_id=pk, value=uuid.UUID(text)) for text in set(ID.findall(body))
        )


class Migration(migrations.Migration):
    dependencies = [("rest", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="AnswerId",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("value", models.UUIDField(db_index=True)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ids",
                        to="rest.idempotentrequest",
                    ),
                ),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
