"""What the database and the stored files say, asked in the site's own Django."""

import json
from dataclasses import dataclass

from tests.support.servers import Site

# Run in the site's environment. What is just deleted is not waited for: nothing else happens meanwhile.
ASK = """
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from django.apps import apps
from django.conf import settings
from django.db import connection
from verification.models import Delivery
from verification.photos.storage import private_files
from verification.upkeep import integrity
from verification.upkeep.stored import named_files
integrity.SAFE_AGE = timedelta(0)
faults = Counter(found.kind for found in integrity.check())
names = {file.name for file in named_files()}
stored = set(private_files().names())
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        database = cursor.fetchone()[0]
else:
    path = Path(settings.DATABASES["default"]["NAME"])
    database = sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))
print(json.dumps({
    "rows": {m.__name__: m._base_manager.count() for m in apps.get_models() if m._meta.managed},
    "files": len(stored),
    "bytes": sum(private_files().size(name) for name in stored),
    "database": database,
    "faults": faults,
    "deliveries": Counter(Delivery.objects.values_list("state", flat=True)),
}))
"""
WAITING = """
from verification.models import Delivery
print(Delivery.objects.exclude(state__in=("delivered", "failed", "refused")).count())
"""
CHANGES = "from verification.models import Change; print(Change.objects.count())"


@dataclass(frozen=True)
class Told:
    """Rows by table, stored files and their bytes, bytes of the database, what check_integrity finds,
    and messages to webhooks by state."""

    rows: dict[str, int]
    files: int
    bytes: int
    database: int
    faults: dict[str, int]
    deliveries: dict[str, int]


def ask(place: Site) -> Told:
    return Told(**json.loads(_run(place, ASK)))


def waiting_messages(place: Site) -> int:
    return int(_run(place, WAITING))


def changes(place: Site) -> int:
    """How many deletions can still be undone."""
    return int(_run(place, CHANGES))


def _run(place: Site, program: str) -> str:
    return place.run("manage.py", "shell", "--no-imports", "-c", program).splitlines()[-1]
