"""What an account may use."""

from .. import env

# Of storage, where staff has set nothing else for an account; 0: as much as there is.
FACEVERIFY_QUOTA_MEGABYTES = env.integer("FACEVERIFY_QUOTA_MEGABYTES", 0, low=0, high=1_000_000_000)
