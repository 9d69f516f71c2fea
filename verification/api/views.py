"""/api/v1/verifications/ and /api/v1/identifications/"""

from django.http import Http404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated
from faceverify.api.errors import problems

from ..comparisons.kinds.identify import IDENTIFY
from ..comparisons.kinds.pair import PAIR
from ..comparisons.kinds.person import PERSON
from ..comparisons.models import Verification
from ..comparisons.selectors import verification_get, verification_list
from ..comparisons.services import verification_delete
from ..explanations.services import explanation_of, explanation_start
from ..gallery.selectors import person_get
from ..reports.views import as_download
from .explanations import ExplanationSerializer
from .filters import VerificationFilter
from .photos import ANY_WAY, photo_request
from .serializers import (
    GallerySearchSerializer,
    ResultSerializer,
    SubmissionSerializer,
    VerificationSerializer,
)
from .submission import PARAMETERS, RESPONSES, WAIT, ProbeViewSet, submit


class VerificationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """The caller's own verifications."""

    of_one_gallery = True
    write_scope = "verify"
    delete_scope = "history:write"
    parser_classes = ANY_WAY
    photo_field = "probe"
    commits_early = True
    queryset = Verification.objects.none()
    serializer_class = VerificationSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = VerificationFilter
    submit_actions = ("create",)
    parameters = WAIT

    def get_queryset(self):
        return verification_list(owner=self.owner)

    def get_object(self) -> Verification:
        return verification_get(owner=self.owner, id=self.kwargs["pk"])

    def get_serializer_class(self):
        return ResultSerializer if self.action == "retrieve" else VerificationSerializer

    @extend_schema(
        description="Compare a photo with another one, or with a person of your gallery. "
        "The answer is 202 at once, or with `wait` 201 when it is finished.",
        request=photo_request(SubmissionSerializer),
        parameters=PARAMETERS,
        responses=RESPONSES,
    )
    def create(self, request):
        data = validated(SubmissionSerializer, request)
        if "person" not in data:
            return submit(request, data, PAIR)
        data["person"] = person_get(owner=self.owner, id=data["person"])
        data.pop("reference_face")
        return submit(request, data, PERSON)

    @property
    def read_scope(self):  # type: ignore[override]  # it depends on the action
        # Whoever may ask for a verdict may also read it by its id, but not list what was asked.
        return (
            ("history:read", "verify")
            if self.action in ("retrieve", "report", "explanation")
            else "history:read"
        )

    @extend_schema(
        description="The verdict on one page, as a PDF that `manage.py verify_report` can check; 409 while "
        "there is no verdict.",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **problems(409)},
    )
    @action(detail=True, methods=["get"])
    def report(self, request, pk):
        return as_download(self.get_object())

    @extend_schema(
        methods=["get"],
        description="Which parts of the faces carried the verdict; 404 until it was asked for.",
        responses={200: ExplanationSerializer},
    )
    @extend_schema(
        methods=["post"],
        description="Have a verdict on two photos explained. One that is there is answered instead.",
        request=None,
        responses={202: ExplanationSerializer},
    )
    @action(detail=True, methods=["get", "post"])
    def explanation(self, request, pk):
        if request.method == "POST":
            row = explanation_start(verification=self.get_object())
            return Response(ExplanationSerializer(row).data, status=202)
        found = explanation_of(self.get_object())
        if found is None:
            raise Http404("Nobody has asked for an explanation of this verdict.")
        return Response(ExplanationSerializer(found).data)

    @extend_schema(description="Delete the verification and its photos permanently.")
    def destroy(self, request, pk):
        verification_delete(verification=self.get_object())
        return Response(status=204)


class IdentificationViewSet(ProbeViewSet):
    """Search for a person in the caller's gallery by a photo."""

    serializer_class = GallerySearchSerializer

    @extend_schema(
        description="Rank the people of your gallery by similarity to a photo. Unless `outcome` is "
        "`match`, nobody is identified. The result is a verification like any other.",
        request=photo_request(GallerySearchSerializer),
        parameters=PARAMETERS,
        responses=RESPONSES,
    )
    def create(self, request):
        return submit(request, validated(GallerySearchSerializer, request), IDENTIFY)
