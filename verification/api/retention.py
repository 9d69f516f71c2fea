"""/api/v1/retention/, /api/v1/receipts/, /api/v1/downloads/ and /api/v1/people/{id}/erase/"""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api.viewsets import OwnedViewSet, validated
from accounts.reauthentication import IsRecent
from faceverify.api.endpoint import Endpoint
from faceverify.api.pagination import CursorPagination

from ..gallery.gallery_models import NAME_LENGTH, Role
from ..gallery.selectors import person_get
from ..retention import rules, takeout
from ..retention.kinds import KINDS
from ..retention.models import AccountExport, Receipt
from ..retention.people import Traces, person_erase_everywhere
from ..retention.receipts import as_json, receipt_list
from .galleries import gallery_filter
from .serializers import JobSerializer

RULES_OF = OpenApiParameter(
    "gallery",
    OpenApiTypes.UUID,
    description="The rules of this gallery, which hold in place of the account's.",
)


class NewestReceipts(CursorPagination):
    ordering = ("-number",)


class RuleSerializer(serializers.Serializer):
    """For how many days things of a kind are kept; null: for ever."""

    kind = serializers.ChoiceField(choices=list(KINDS))
    days = serializers.IntegerField(allow_null=True, help_text="What holds.")
    limit = serializers.IntegerField(allow_null=True, help_text="The server's, which is the most.")
    own = serializers.IntegerField(
        allow_null=True,
        help_text="Yours, or the gallery's; null: the server's holds, in a gallery the account's.",
    )
    due = serializers.IntegerField(help_text="How many the next run erases.")


class RetentionSerializer(serializers.Serializer):
    next_run_at = serializers.DateTimeField()
    rules = RuleSerializer(many=True)


class DaysSerializer(serializers.Serializer):
    days = serializers.DictField(
        child=serializers.IntegerField(allow_null=True),
        help_text="Days by kind; null: as the server says. Kinds that are left out stay as they are.",
    )


class ReceiptSerializer(serializers.Serializer):
    """A receipt of an erasure, with the hash over all members but `format`, `hash` and `seal`, which are
    then put into JSON with sorted names and without spaces."""

    format = serializers.CharField()
    chain = serializers.CharField()
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    account = serializers.CharField(required=False, help_text="A digest.")
    reason = serializers.ChoiceField(choices=Receipt.Reason.choices)
    counts = serializers.DictField(child=serializers.IntegerField(), required=False)
    details = serializers.DictField(required=False)
    previous = serializers.CharField(required=False)
    hash = serializers.CharField()
    seal = serializers.CharField()


class EraseSerializer(serializers.Serializer):
    name = serializers.CharField(
        max_length=NAME_LENGTH, help_text="The person's name, so that nobody is erased by mistake."
    )


class ErasurePreviewSerializer(serializers.Serializer):
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="What would go, and how many."
    )


class DownloadSerializer(JobSerializer):
    """`download` is null until the ZIP is there, and again when its time is over."""

    download = serializers.SerializerMethodField()

    class Meta:
        model = AccountExport
        fields = (
            "id", "state", "size", "written", "left_out_count", "download", "failure", "created_at",
            "finished_at", "expires_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_download(self, row: AccountExport) -> str | None:
        if not row.is_fetchable:
            return None
        return reverse(
            "api:download-content", kwargs={"pk": row.pk}, request=self.context.get("request")
        )


class RetentionView(Endpoint):
    """For how long things are kept, and what the next run erases."""

    read_scope, write_scope = "history:read", "admin"
    with_body = ("patch",)
    parameters = {"get": ("gallery",), "patch": ("gallery",)}

    @extend_schema(parameters=[RULES_OF], responses={200: RetentionSerializer})
    def get(self, request):
        gallery = gallery_filter(request)
        found = rules.due_of(owner=request.user, gallery=gallery)
        due = {each.rule.kind.name: each.count for each in found}
        return Response(
            {
                "next_run_at": rules.next_run_at(),
                "rules": [
                    {
                        "kind": rule.kind.name,
                        "days": rule.days,
                        "limit": rule.limit,
                        "own": rule.own,
                        "due": due.get(rule.kind.name, 0),
                    }
                    for rule in rules.rules_of(request.user.pk, gallery)
                ],
            }
        )

    @extend_schema(
        description="Shorten for how long things are kept, or undo that. What is older is erased by "
        "the next run, for good.",
        request=DaysSerializer,
        parameters=[RULES_OF],
        responses={200: RetentionSerializer},
    )
    def patch(self, request):
        gallery = gallery_filter(request, Role.OWNER)
        days = validated(DaysSerializer, request)["days"]
        rules.rules_set(owner=request.user, days=days, gallery=gallery)
        return self.get(request)


class ReceiptViewSet(OwnedViewSet):
    """Receipts of what was erased of the caller's."""

    read_scope = "history:read"
    queryset = Receipt.objects.none()
    serializer_class = ReceiptSerializer
    pagination_class = NewestReceipts

    def get_queryset(self):
        return receipt_list(owner=self.owner)

    @extend_schema(responses={200: ReceiptSerializer(many=True)})
    def list(self, request):
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([as_json(receipt) for receipt in page or ()])

    def retrieve(self, request, pk):
        return Response(as_json(self.get_object()))


class PersonErasureView(Endpoint):
    """Erase a person everywhere."""

    def get_permissions(self):
        guards = [IsRecent()] if self.request.method == "POST" else []
        return [*super().get_permissions(), *guards]

    read_scope = write_scope = "admin"
    with_body = ("post",)

    @extend_schema(responses={200: ErasurePreviewSerializer})
    def get(self, request, pk):
        """What erasing the person would take away."""
        person = person_get(owner=request.user, id=pk, role=Role.OWNER)
        return Response({"counts": Traces(person).counts()})

    @extend_schema(
        description="Erase the person at once and for good: photos, embeddings, the name and the faces "
        "in verdicts, which stay as numbers. The answer is the receipt.",
        request=EraseSerializer,
        responses={200: ReceiptSerializer},
    )
    def post(self, request, pk):
        person = person_get(owner=request.user, id=pk, role=Role.OWNER)
        if validated(EraseSerializer, request)["name"].strip() != person.name:
            raise ValidationError({"name": "This is not the person's name."})
        return Response(as_json(person_erase_everywhere(owner=request.user, person=person)))


class DownloadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """ZIPs of everything that the caller's account has, which can be fetched for a limited time."""

    read_scope = write_scope = "admin"
    guarded_actions = ("create", "content")
    with_body = ()
    queryset = AccountExport.objects.none()
    serializer_class = DownloadSerializer
    submit_actions = ("create",)

    def get_queryset(self):
        return takeout.account_export_list(owner=self.owner)

    @extend_schema(
        description="Create a ZIP of everything. While one is being created, it is answered instead.",
        request=None,
        responses={202: DownloadSerializer},
    )
    def create(self, request):
        return self._accepted(takeout.account_export_create(owner=self.owner))

    @extend_schema(description="Delete the ZIP.")
    def destroy(self, request, pk):
        takeout.account_export_delete(job=self.get_object())
        return Response(status=204)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def content(self, request, pk):
        return takeout.as_download(self.get_object())

    @extend_schema(
        description="Run a failed one again.", request=None, responses={202: DownloadSerializer}
    )
    @action(detail=True, methods=["post"])
    def retry(self, request, pk):
        return self._accepted(takeout.account_export_retry(job=self.get_object()))

    def _accepted(self, job: AccountExport) -> Response:
        return self.created(self.get_serializer(job).data, job.pk, status=202)
