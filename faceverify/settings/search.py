"""Where galleries are searched."""

from django.core.exceptions import ImproperlyConfigured

from .. import env
from .database import DATABASES

# "memory": in the memory of the workers, exactly. "pgvector": large galleries in PostgreSQL, see
# verification/gallery/index/pgvector.py.
FACEVERIFY_SEARCH = env.choice("FACEVERIFY_SEARCH", "memory", ("memory", "pgvector"))
FACEVERIFY_PGVECTOR_UNENCRYPTED = env.boolean("FACEVERIFY_PGVECTOR_UNENCRYPTED", False)
# From so many people, or photos, on a gallery is searched in PostgreSQL.
FACEVERIFY_PGVECTOR_FROM = env.integer("FACEVERIFY_PGVECTOR_FROM", 100_000, low=0, high=10**9)
FACEVERIFY_PGVECTOR_EF_SEARCH = env.integer("FACEVERIFY_PGVECTOR_EF_SEARCH", 800, low=10, high=1000)

if FACEVERIFY_SEARCH == "pgvector":
    if not DATABASES["default"]["ENGINE"].endswith("postgresql"):
        raise ImproperlyConfigured(
            "FACEVERIFY_SEARCH=pgvector needs PostgreSQL: set DATABASE_URL=postgresql://..., or leave "
            "FACEVERIFY_SEARCH at memory."
        )
    if not FACEVERIFY_PGVECTOR_UNENCRYPTED:
        raise ImproperlyConfigured(
            "FACEVERIFY_SEARCH=pgvector keeps numbers from which faces can be recognised unencrypted in "
            "PostgreSQL, see docs/search.md. If you accept that, set FACEVERIFY_PGVECTOR_UNENCRYPTED=true."
        )
