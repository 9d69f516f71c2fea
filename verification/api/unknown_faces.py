"""/api/v1/unknown_faces/: faces of group photos that nobody in the gallery is."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated

from ..gallery.gallery_models import Role
from ..gallery.models import NAME_LENGTH, Person
from ..gallery.selectors import person_get
from ..unknown_faces import services
from ..unknown_faces.models import FaceGathering
from ..unknown_faces.selectors import Place, UnknownFace, gathering_of, groups_of
from .serializers import BoundingBoxSerializer, JobSerializer

MOST = 600  # as many as a gathering has


class FacePlaceSerializer(serializers.Serializer):
    """A face on a group photo."""

    verification = serializers.UUIDField(help_text="The verdict on the group photo.")
    face_index = serializers.IntegerField(min_value=0, max_value=99_999)


class UnknownFaceSerializer(FacePlaceSerializer):
    file_name = serializers.CharField(help_text="Of the group photo.")
    box = BoundingBoxSerializer()


class UnknownPersonSerializer(serializers.Serializer):
    """Faces that are probably one person."""

    faces = UnknownFaceSerializer(many=True)


class GatheringSerializer(JobSerializer):
    """`groups` is empty until `state` is `done`; those on most photos come first. `photos` were looked
    through."""

    groups = serializers.SerializerMethodField()

    class Meta:
        model = FaceGathering
        fields = ("state", "photos", "groups", "failure", "created_at", "finished_at")
        read_only_fields = fields

    @extend_schema_field(UnknownPersonSerializer(many=True))
    def get_groups(self, row: FaceGathering) -> list[dict[str, Any]]:
        groups = groups_of(row) if row.state == FaceGathering.DONE else []
        shown = [{"faces": [_face(face) for face in group.faces]} for group in groups]
        return list(UnknownPersonSerializer(shown, many=True).data)


class FacesSerializer(serializers.Serializer):
    faces = serializers.ListField(child=FacePlaceSerializer(), allow_empty=False, max_length=MOST)

    def places(self, data: dict[str, Any]) -> list[Place]:
        return [(str(face["verification"]), face["face_index"]) for face in data["faces"]]


class NamingSerializer(FacesSerializer):
    """Faces, and whose they are: a name, or a person of the gallery."""

    name = serializers.CharField(
        required=False,
        max_length=NAME_LENGTH,
        help_text="Of a new person, or of one in the gallery.",
    )
    person = serializers.UUIDField(required=False, help_text="A person of the gallery.")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if ("name" in data) == ("person" in data):
            raise serializers.ValidationError({"name": gettext("Send either a name or a person.")})
        return data


class NamedSerializer(serializers.Serializer):
    person = serializers.UUIDField()
    name = serializers.CharField()
    added = serializers.IntegerField(help_text="Photos that the person did not have before.")


class UnknownFacesViewSet(OwnedViewSet):
    """Faces of the caller's group photos that nobody in the gallery is, gathered by likeness."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = FaceGathering.objects.none()
    serializer_class = GatheringSerializer
    with_body = ("assign", "dismiss")

    @extend_schema(
        operation_id="unknown_faces_retrieve",
        description="The faces as they were gathered last; 404 before they were for the first time.",
        responses={200: GatheringSerializer},
    )
    def current(self, request):
        row = gathering_of(owner=self.owner)
        if row is None:
            raise Http404(gettext("Nobody has had the group photos looked through."))
        return Response(GatheringSerializer(row).data)

    @extend_schema(
        operation_id="unknown_faces_create",
        description="Look through the newest group photos. While that is under way, it is answered instead.",
        request=None,
        responses={202: GatheringSerializer},
    )
    def gather(self, request):
        row = services.gathering_start(owner=self.owner)
        return Response(GatheringSerializer(row).data, status=202)

    @extend_schema(
        operation_id="unknown_faces_name",
        description="Say whose faces these are: they become photos of a new person, or of one who is in "
        "the gallery.",
        request=NamingSerializer,
        responses={200: NamedSerializer},
    )
    def assign(self, request):
        data = validated(NamingSerializer, request)
        whose = (
            person_get(owner=self.owner, id=data["person"], role=Role.EDITOR)
            if "person" in data
            else data["name"]
        )
        places = NamingSerializer().places(data)
        person, added = services.faces_name(owner=self.owner, places=places, whose=whose)
        return Response(_named(person, added))

    @extend_schema(
        operation_id="unknown_faces_dismiss",
        description="Do not show these faces again.",
        request=FacesSerializer,
        responses={204: None},
    )
    def dismiss(self, request):
        data = validated(FacesSerializer, request)
        services.faces_set_aside(owner=self.owner, places=FacesSerializer().places(data))
        return Response(status=204)


def _face(face: UnknownFace) -> dict[str, Any]:
    return {
        "verification": face.verification.pk,
        "face_index": face.box.index,
        "file_name": face.verification.probe_name,
        "box": face.box,
    }


def _named(person: Person, added: int) -> dict[str, Any]:
    return dict(NamedSerializer({"person": person.pk, "name": person.name, "added": added}).data)
