from django.db import migrations

USUAL = ["verify", "gallery:read", "gallery:write", "history:read"]


def keep_what_usual_keys_may_do(apps, schema_editor):
    """Deleting a verdict needs a scope of its own now. A key with all the usual ones keeps the
    right; one whose owner chose fewer loses it."""
    keys = apps.get_model("accounts", "ApiKey").objects
    for key in keys.iterator():
        if set(USUAL) <= set(key.scopes) and "history:write" not in key.scopes:
            admin = [scope for scope in key.scopes if scope not in USUAL]
            keys.filter(pk=key.pk).update(scopes=[*USUAL, "history:write", *admin])


class Migration(migrations.Migration):

    dependencies = [("accounts", "0002_key_scopes")]

    operations = [
        migrations.RunPython(keep_what_usual_keys_may_do, migrations.RunPython.noop),
    ]
