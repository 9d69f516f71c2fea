"""/api/v1/live_sessions/"""

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated
from faceverify.api.errors import problems
from faceverify.api.scopes import MissingScope, Scope

from ..comparisons.models import Verification
from ..comparisons.submission import UploadedPhoto
from ..gallery.access import gallery_for
from ..gallery.gallery_models import Role
from ..gallery.selectors import person_get
from ..live import selectors, services
from ..live.errors import TooManySessions
from ..live.models import LiveSession
from ..live.services import LiveRequest
from ..live.start import opening
from .errors import photo_refusals
from .photos import FORM_OR_JSON, PhotoField, photo_request
from .serializers import GalleryField, JobSerializer, RefusalSerializer, refusal_of

Task = LiveSession.Task


class TooMany(APIException):
    status_code = 429

    def __init__(self, error: TooManySessions):
        super().__init__(str(error), code=error.code)


class LiveFormSerializer(serializers.Serializer):
    """What to do before the camera. `verify` needs a `person` of the gallery or a `photo`, `identify`
    neither, `enrol` a `person`, and the scope `gallery:write`."""

    task = serializers.ChoiceField(choices=Task.choices)
    person = serializers.UUIDField(required=False)
    photo = PhotoField(required=False, help_text="The photo to compare with.")
    gallery = GalleryField()
    false_match_rate = serializers.FloatField(
        required=False,
        default=1e-3,
        help_text="0.01, 0.001, 0.0001 or 0.00001, where the model offers it.",
    )
    challenge = serializers.BooleanField(
        required=False, default=False, help_text="Whether to ask for movements, drawn by lot."
    )
    origins = serializers.ListField(
        child=serializers.CharField(max_length=300),
        required=False,
        default=list,
        max_length=services.MAX_ORIGINS,
        help_text="Origins of other sites whose pages may use the token, as https://example.org.",
    )


class LiveSessionSerializer(JobSerializer):
    """How a session stands. `outcome`, and `verification` with the verdict, are null until `state` is
    `done`; photos for the gallery have neither."""

    outcome = serializers.SerializerMethodField()
    challenge = serializers.SerializerMethodField()
    reasons = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Why the challenge was not passed: codes.",
    )
    refusal = serializers.SerializerMethodField()

    class Meta:
        model = LiveSession
        fields: tuple[str, ...] = (
            "id", "state", "task", "gallery", "person", "false_match_rate", "with_challenge", "origins",
            "outcome", "challenge", "reasons", "verification", "anchors_added", "frames_seen",
            "frames_used", "seconds", "refusal", "failure", "created_at", "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(
        serializers.ChoiceField(choices=Verification.Outcome.choices, allow_null=True)
    )
    def get_outcome(self, row: LiveSession) -> str | None:
        return row.outcome or None

    @extend_schema_field(
        serializers.ChoiceField(choices=LiveSession.Challenge.choices, allow_null=True)
    )
    def get_challenge(self, row: LiveSession) -> str | None:
        return row.challenge or None

    @extend_schema_field(RefusalSerializer(allow_null=True))
    def get_refusal(self, row: LiveSession) -> dict | None:
        return refusal_of(row)


class OpeningSerializer(serializers.Serializer):
    """A session that waits for its camera. The token is told this once: it opens this session, once,
    within three minutes, and can do nothing else."""

    id = serializers.UUIDField()
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    socket = serializers.CharField(help_text="The path of the WebSocket.")
    frames = serializers.CharField(help_text="The path to which frames can be sent one by one.")
    state = serializers.ChoiceField(choices=LiveSession.State.choices)


class LiveSessionViewSet(mixins.RetrieveModelMixin, OwnedViewSet):
    """Sessions before a camera: of a page, or of a program that sends frames."""

    read_scope, write_scope = ("history:read", "verify"), "verify"
    queryset = LiveSession.objects.none()
    serializer_class = LiveSessionSerializer
    parser_classes = FORM_OR_JSON
    submit_actions = ("create",)
    omit_from_replay = ("token",)

    def get_object(self) -> LiveSession:
        return selectors.session_get(owner=self.owner, id=self.kwargs["pk"])

    @extend_schema(
        description="Prepare a session. Hand the token to whoever has the camera; fetch the result "
        "here, with your key.",
        request=photo_request(LiveFormSerializer, body=False),
        responses={201: OpeningSerializer, **problems(422, 429)},
    )
    def create(self, request):
        data = validated(LiveFormSerializer, request)
        enrols = data["task"] == Task.ENROL
        if enrols and request.auth and Scope.GALLERY_WRITE not in request.auth.scopes:
            raise MissingScope((Scope.GALLERY_WRITE.value,))
        photo, person = data.get("photo"), data.get("person")
        asked = LiveRequest(
            owner=self.owner,
            task=data["task"],
            person=person_get(
                owner=self.owner, id=person, role=Role.EDITOR if enrols else Role.VIEWER
            )
            if person
            else None,
            photo=UploadedPhoto(photo.read(), photo.name or "") if photo else None,
            gallery=gallery_for(self.owner, data["gallery"]) if "gallery" in data else None,
            false_match_rate=data["false_match_rate"],
            with_challenge=data["challenge"],
            origins=data["origins"],
            source="api",
        )
        with photo_refusals():
            try:
                row = services.session_create(asked)
            except TooManySessions as error:
                raise TooMany(error) from error
        return self.created(OpeningSerializer(opening(row)).data, row.pk)

    @extend_schema(description="End the session if it is not over yet.", responses={204: None})
    def destroy(self, request, pk):
        services.session_cancel(session=self.get_object())
        return Response(status=204)
