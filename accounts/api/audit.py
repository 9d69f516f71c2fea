"""/api/v1/audit/"""

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, serializers

from accounts.api.viewsets import OwnedViewSet

from ..audit import selectors
from ..audit.filters import EntryFilter
from ..audit.models import AuditEntry


class AuditEntrySerializer(serializers.ModelSerializer):
    class Meta:
        model = AuditEntry
        fields = (
            "id",
            "number",
            "action",
            "actor",
            "key",
            "object_kind",
            "object_id",
            "address",
            "request_id",
            "detail",
            "hash",
            "created_at",
        )
        read_only_fields = fields
        extra_kwargs = {
            "number": {
                "help_text": "Its place in the log; null until it is sealed, a moment later."
            },
            "action": {"help_text": "What was done, for example `key.created` or `view.seen`."},
            "actor": {"help_text": "The user who did it; null for nobody, or the server."},
            "key": {"help_text": "The API key with which it was done."},
            "address": {"help_text": "As much of the address as the server keeps."},
            "detail": {"help_text": "Further facts: codes, ids and numbers."},
            "hash": {"help_text": "SHA-256 of the entry and of the hash before it."},
        }


class AuditViewSet(mixins.ListModelMixin, OwnedViewSet):
    """What was done with the caller's account, and who looked at its faces, photos and verdicts."""

    read_scope = write_scope = "audit:read"
    queryset = AuditEntry.objects.none()
    serializer_class = AuditEntrySerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = EntryFilter

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return selectors.entries_of(account=self.owner.pk)
