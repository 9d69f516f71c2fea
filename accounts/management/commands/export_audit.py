"""The audit log as CSV or JSON lines."""

from uuid import UUID

from django.core.management.base import BaseCommand

from accounts.audit import selectors
from accounts.audit.actions import Action
from accounts.audit.export import FORMATS
from accounts.audit.services import record


class Command(BaseCommand):
    help = "Writes the audit log to standard output, the newest entry first."

    def add_arguments(self, parser):
        parser.add_argument("--format", choices=sorted(FORMATS), default="jsonl")
        parser.add_argument("--account", type=UUID, help="only what concerns this account (its id)")

    def handle(self, *args, format: str, account: UUID | None, **options):
        chosen = selectors.entries_of(account=account) if account else selectors.entries()
        record(action=Action.LOG_EXPORTED, account=account, format=format)
        for line in FORMATS[format][1](chosen):
            self.stdout.write(line, ending="")
