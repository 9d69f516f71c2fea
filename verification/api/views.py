"""/api/v1/verifications/ and /api/v1/identifications/"""

from functools import partial

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.response import Response

from faceverify.api.endpoint import Endpoint
from faceverify.api.errors import problems
from faceverify.api.pagination import NewestFirst
from faceverify.api.rates import SubmitRate

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


@extend_schema_view(
    list=extend_schema(responses={200: VerificationSerializer(many=True), **problems(400, 401)}),
    retrieve=extend_schema(responses={200: VerificationSerializer, **problems(401, 404)}),
    destroy=extend_schema(
        description="Delete the verification and its photos for good.",
        responses={204: None, **problems(401, 404)},
    ),
)
class VerificationViewSet(Endpoint, mixins.ListModelMixin, viewsets.GenericViewSet):
    """The caller's own verifications; anyone else's do not exist for them."""

    write_scope = "verify"
    parser_classes = ANY_WAY
    photo_field = "probe"
    commits_early = True
    queryset = Verification.objects.none()
    serializer_class = VerificationSerializer
    filterset_class = VerificationFilter
    pagination_class = NewestFirst
    lookup_value_converter = "uuid"

    def get_queryset(self):
        if not self.request or not self.request.user.is_authenticated:
            return Verification.objects.none()  # the schema generator, which has no user
        return verification_list(owner=self.request.user)

    def get_throttles(self):
        throttles = super().get_throttles()
        if self.action == "create":
            throttles.append(SubmitRate())
        return throttles

    @extend_schema(
        description="Compare a photo with another one, or with a person of your gallery. "
        "Answers 202 at once, or with `wait` 201 once finished.",
        request=photo_request(SubmissionSerializer),
        parameters=PARAMETERS,
        responses=RESPONSES | problems(404),
    )
    def create(self, request):
        def service(data: dict):
            if "person" not in data:
                return verification_submit
            data.pop("reference_face")
            person = person_get(owner=request.user, id=data.pop("person"))
            return partial(verification_submit_person, person=person)

        return submit(request, SubmissionSerializer, service)

    @property
    def read_scope(self):
        # Whoever may ask for a verdict may also read it by its id, but not list what was asked.
        return ("history:read", "verify") if self.action == "retrieve" else "history:read"

    def retrieve(self, request, pk):
        return Response(VerificationSerializer(verification_get(owner=request.user, id=pk)).data)

    def destroy(self, request, pk):
        verification_delete(verification=verification_get(owner=request.user, id=pk))
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
