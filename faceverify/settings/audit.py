"""The audit log."""

from .. import env

FACEVERIFY_AUDIT_DAYS = env.integer("FACEVERIFY_AUDIT_DAYS", 365, low=0, high=36500)
FACEVERIFY_AUDIT_ADDRESS = env.choice(
    "FACEVERIFY_AUDIT_ADDRESS", "truncated", ("truncated", "whole", "none")
)
FACEVERIFY_AUDIT_SECONDS: float | None = env.decimal(
    "FACEVERIFY_AUDIT_SECONDS", 1.0, low=0, high=60
)
