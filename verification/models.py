"""The models of this app, each defined in the folder of its capability."""

from .comparisons.models import Verification, Worker

__all__ = ["Verification", "Worker"]
