"""/api/v1/galleries/"""

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated
from faceverify.api.errors import NotAllowedNow, problems
from faceverify.api.pagination import OldestFirst

from ..gallery import galleries, selectors, services
from ..gallery.access import chosen_gallery, default_gallery, gallery_for
from ..gallery.gallery_models import NAME_LENGTH, Gallery, Role
from ..gallery.models import Anchor
from .errors import photo_refusals
from .people_serializers import AnchorSerializer, OutsideSerializer
from .photos import ANY_WAY, PhotoField, photo_request

OF_GALLERY = OpenApiParameter(
    "gallery", OpenApiTypes.UUID, description="A gallery; without it your default one."
)
IN_GALLERY = OpenApiParameter(
    "gallery", OpenApiTypes.UUID, description="Only of this gallery; without it of all."
)
MOST_FACES = 100
NOT_EMPTY = (
    "The gallery has people or photos. Move or delete them, or erase them with `erase=true`."
)


def gallery_asked(request, role: str = Role.VIEWER) -> Gallery:
    """The gallery that the query names, or the default one. Raises Http404."""
    return chosen_gallery(request.user, request.query_params.get("gallery"), role)


def gallery_filter(request, role: str = Role.VIEWER) -> Gallery | None:
    """The gallery that the query names, if it names one. Raises Http404."""
    asked = request.query_params.get("gallery")
    return gallery_for(request.user, asked, role) if asked else None


class GallerySerializer(serializers.ModelSerializer):
    """`external_id` is what your own programs call the gallery."""

    name = serializers.CharField(source="called", max_length=NAME_LENGTH)
    external_id = serializers.CharField(required=False, allow_blank=True)
    false_match_rate = serializers.FloatField(
        required=False,
        allow_null=True,
        help_text="How strict searches in it are where they do not say; null: 0.001.",
    )
    role = serializers.ChoiceField(
        choices=Role.choices, read_only=True, help_text="What you may do in it."
    )
    is_default = serializers.SerializerMethodField(
        help_text="Whether it is meant where you name none."
    )
    people_count = serializers.IntegerField(read_only=True)
    anchor_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Gallery
        fields = (
            "id", "name", "external_id", "owner", "role", "is_default", "false_match_rate", "people_count", "anchor_count",
            "created_at",
        )  # fmt: skip
        read_only_fields = ("id", "owner", "is_default", "created_at")

    def get_is_default(self, gallery: Gallery) -> bool:
        return gallery.is_default_for(self.context["request"].user.pk)


class GalleryAnchorUploadSerializer(OutsideSerializer):
    image = PhotoField(help_text="A photo that shows somebody.")
    faces = serializers.ListField(
        child=serializers.IntegerField(min_value=0),
        required=False,
        min_length=1,
        max_length=MOST_FACES,
        help_text="Which faces of the photo, by index, each an anchor of its own; without it the one "
        "that is clearly meant.",
    )


class GalleryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """The caller's galleries: sets of people and photos that searches know apart."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    of_one_gallery = True
    queryset = Gallery.objects.none()
    serializer_class = GallerySerializer
    pagination_class = OldestFirst
    submit_actions = ("anchors",)
    parameters = {
        "list": ("external_id",),
        "destroy": ("erase",),
        "anchors": ("nameless", "external_id"),
    }
    with_body = ("create", "partial_update", "anchors")
    photo_field = ""

    def get_queryset(self) -> QuerySet[Gallery]:
        default_gallery(self.owner)  # there is always one
        found = selectors.gallery_list(owner=self.owner)
        if (asked := self.request.query_params.get("external_id")) is not None:
            found = found.filter(external_id=asked)
        return found

    def get_object(self) -> Gallery:
        return self._gallery()

    def _gallery(self, role: str = Role.VIEWER) -> Gallery:
        return gallery_for(self.owner, self.kwargs["pk"], role)

    @extend_schema(
        parameters=[OpenApiParameter("external_id", OpenApiTypes.STR, description="The exact id.")]
    )
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    def retrieve(self, request, pk):
        return Response(self._told(self._gallery()))

    def create(self, request):
        if self.owner.bound_gallery is not None:
            raise NotAllowedNow("This key is bound to one gallery: it cannot make others.")
        data = _named(validated(GallerySerializer, request))
        rate = data.pop("false_match_rate", None)
        with transaction.atomic():
            gallery = galleries.create_gallery(owner=self.owner, **data)
            galleries.set_false_match_rate(gallery=gallery, rate=rate)
        return self.created(self._told(gallery), gallery.pk)

    def partial_update(self, request, pk):
        gallery = self._gallery(Role.OWNER)
        data = _named(validated(GallerySerializer, request, partial=True))
        with transaction.atomic():
            if "false_match_rate" in data:
                rate = data.pop("false_match_rate")
                galleries.set_false_match_rate(gallery=gallery, rate=rate)
            galleries.rename_gallery(gallery=gallery, **data)
        return Response(self._told(gallery))

    @extend_schema(
        description="Delete the gallery. One that has people or photos is deleted only with "
        "`erase=true`, and they are erased with it, which cannot be undone. The default gallery stays.",
        parameters=[OpenApiParameter("erase", OpenApiTypes.BOOL)],
        responses={204: None, **problems(409)},
    )
    def destroy(self, request, pk):
        gallery = self._gallery(Role.OWNER)
        if not _asked(request, "erase") and not selectors.gallery_is_empty(gallery=gallery):
            raise NotAllowedNow(NOT_EMPTY)
        galleries.delete_gallery(gallery=gallery)
        return Response(status=204)

    @extend_schema(
        methods=["GET"],
        operation_id="galleries_anchors_retrieve",
        parameters=[
            OpenApiParameter("nameless", OpenApiTypes.BOOL, description="Only without a person."),
            OpenApiParameter("external_id", OpenApiTypes.STR, description="The exact id."),
        ],
        responses={200: AnchorSerializer(many=True)},
    )
    @extend_schema(
        methods=["POST"],
        description="Add a photo of somebody without a name; of `faces` each becomes an anchor of its "
        "own, all with one `photo_id`. What is there already is not added again: the answer is 200 "
        "when nothing was added.",
        request=photo_request(GalleryAnchorUploadSerializer),
        responses={
            200: AnchorSerializer(many=True),
            202: AnchorSerializer(many=True),
            **problems(422),
        },
    )
    @action(
        detail=True,
        methods=["get", "post"],
        pagination_class=OldestFirst,
        parser_classes=ANY_WAY,
        photo_field="image",
    )
    def anchors(self, request, pk):
        if request.method == "GET":
            return self._anchors(request)
        gallery, data = (
            self._gallery(Role.EDITOR),
            validated(GalleryAnchorUploadSerializer, request),
        )
        image = data.pop("image")
        with photo_refusals("image"):
            added = services.anchors_add(
                gallery=gallery,
                data=image.read(),
                file_name=image.name,
                faces=data.pop("faces", [None]),
                **data,
            )
        told = AnchorSerializer(added, many=True).data
        return Response(told, status=202 if any(anchor.is_new for anchor in added) else 200)

    def _anchors(self, request) -> Response:
        found: QuerySet[Anchor] = selectors.anchor_list(owner=self.owner, gallery=self._gallery())
        if _asked(request, "nameless"):
            found = found.filter(person=None)
        if (asked := request.query_params.get("external_id")) is not None:
            found = found.filter(external_id=asked)
        page = self.paginate_queryset(found)
        return self.get_paginated_response(AnchorSerializer(page, many=True).data)

    def _told(self, gallery: Gallery) -> dict:
        found = selectors.gallery_list(owner=self.owner).get(pk=gallery.pk)
        return GallerySerializer(found, context=self.get_serializer_context()).data


def _named(data: dict) -> dict:
    if "called" in data:
        data["name"] = data.pop("called")
    return data


def _asked(request, name: str) -> bool:
    value = request.query_params.get(name, "false").lower()
    if value not in ("true", "false"):
        raise ValidationError({name: "Give true or false."})
    return value == "true"
