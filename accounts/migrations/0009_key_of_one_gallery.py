from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_access_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='gallery',
            field=models.UUIDField(blank=True, null=True),
        ),
    ]
