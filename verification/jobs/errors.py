"""Which errors pass by themselves, so that the same work succeeds when it is tried again."""

from django.db import InterfaceError, OperationalError

# A deadlock, a serialization failure, a lock waited for in vain ("database is locked"), a server
# that restarts, a connection that was lost or closed. Both databases report some lasting faults,
# such as a missing table, in the same way: so tries are limited.
TRANSIENT_DATABASE_ERRORS = (OperationalError, InterfaceError)
