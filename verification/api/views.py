"""/api/v1/verifications/ and /api/v1/identifications/"""

from functools import partial

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet

from ..comparisons.models import Verification
from ..comparisons.selectors import verification_get, verification_list
from ..comparisons.services import (
    verification_delete,
    verification_submit,
    verification_submit_identify,
    verification_submit_person,
)
from ..gallery.selectors import person_get
from .filters import VerificationFilter
from .photos import ANY_WAY, photo_request
from .serializers import IdentificationSerializer, SubmissionSerializer, VerificationSerializer
from .submission import PARAMETERS, RESPONSES, ProbeViewSet, submit


class VerificationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """The caller's own verifications; anyone else's do not exist for them."""

    write_scope = "verify"
    parser_classes = ANY_WAY
    photo_field = "probe"
    commits_early = True
    queryset = Verification.objects.none()
    serializer_class = VerificationSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = VerificationFilter
    submit_actions = ("create",)

    def get_queryset(self):
        return verification_list(owner=self.owner)

    def get_object(self) -> Verification:
        return verification_get(owner=self.owner, id=self.kwargs["pk"])

    @extend_schema(
        description="Compare a photo with another one, or with a person of your gallery. "
        "Answers 202 at once, or with `wait` 201 once finished.",
        request=photo_request(SubmissionSerializer),
        parameters=PARAMETERS,
        responses=RESPONSES,
    )
    def create(self, request):
        def service(data: dict):
            if "person" not in data:
                return verification_submit
            data.pop("reference_face")
            person = person_get(owner=self.owner, id=data.pop("person"))
            return partial(verification_submit_person, person=person)

        return submit(request, SubmissionSerializer, service)

    @property
    def read_scope(self):  # type: ignore[override]  # it depends on the action
        # Whoever may ask for a verdict may also read it by its id, but not list what was asked.
        return ("history:read", "verify") if self.action == "retrieve" else "history:read"

    @extend_schema(description="Delete the verification and its photos for good.")
    def destroy(self, request, pk):
        verification_delete(verification=self.get_object())
        return Response(status=204)


class IdentificationViewSet(ProbeViewSet):
    """Search a photo among the people of the caller's gallery."""

    serializer_class = IdentificationSerializer

    @extend_schema(
        description="Rank the people of your gallery for a photo. Nobody passes when `outcome` "
        "is not `match`. The result is a verification like any other.",
        request=photo_request(IdentificationSerializer),
        parameters=PARAMETERS,
        responses=RESPONSES,
    )
    def create(self, request):
        return submit(request, IdentificationSerializer, lambda _data: verification_submit_identify)
