"""/api/v1/people/ and /api/v1/anchors/"""

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

from faceverify.rest.endpoint import Endpoint
from faceverify.rest.errors import problems
from faceverify.rest.rates import SubmitRate

from ..gallery import selectors, services
from ..gallery.locks import lock_person_of
from ..gallery.models import Anchor, Person
from .changes import ERASE, deleted, told, valid, wants_erase
from .people_serializers import (
    AnchorChangeSerializer,
    AnchorSerializer,
    AnchorUploadSerializer,
    ChangedAnchorSerializer,
    ChangedPersonSerializer,
    ChangeSerializer,
    MergeSerializer,
    PersonSerializer,
    SplitSerializer,
)
from .photos import ANY_WAY, photo_request


class OldestFirst(CursorPagination):
    ordering = ("created_at", "id")
    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100


class PersonViewSet(Endpoint, mixins.ListModelMixin, viewsets.GenericViewSet):
    """The people of the caller's gallery; anyone else's do not exist for them."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = Person.objects.none()
    serializer_class = PersonSerializer
    pagination_class = OldestFirst
    filter_backends = []
    lookup_value_converter = "uuid"
    photo_field = ""

    def get_queryset(self):
        if not self.request or not self.request.user.is_authenticated:
            return Person.objects.none()  # the schema generator, which has no user
        asked = self.request.query_params
        return selectors.person_list(
            owner=self.request.user, q=asked.get("q", ""), tag=asked.get("tag", "")
        )

    def get_throttles(self):
        throttles = super().get_throttles()
        if self.action == "anchors" and self.request.method == "POST":
            throttles.append(SubmitRate())
        return throttles

    @extend_schema(responses={201: PersonSerializer, **problems(400, 401)})
    def create(self, request):
        person = services.person_create(owner=request.user, **valid(PersonSerializer, request))
        return Response(self._told(person), status=201)

    @extend_schema(responses={200: PersonSerializer, **problems(401, 404)})
    def retrieve(self, request, pk):
        return Response(self._told(self._person(pk)))

    @extend_schema(responses={200: PersonSerializer, **problems(400, 401, 404, 409)})
    def partial_update(self, request, pk):
        person = self._person(pk)
        fields = valid(PersonSerializer, request, partial=True)
        with told():
            services.person_update(person=person, **fields)
        return Response(self._told(person))

    @extend_schema(
        description="Delete the person and the anchor photos. Verdicts stay. Undoable for a "
        "while, unless `erase` is true.",
        parameters=[ERASE],
        responses={200: ChangeSerializer, 204: None, **problems(400, 401, 404, 409)},
    )
    def destroy(self, request, pk):
        with told():
            change = services.person_delete(person=self._person(pk), erase=wants_erase(request))
        return deleted(change)

    @extend_schema(
        description="Move the photos and verdicts of another person here, and delete that person.",
        request=MergeSerializer,
        responses={200: ChangedPersonSerializer, **problems(400, 401, 404, 409)},
    )
    @action(detail=True, methods=["post"])
    def merge(self, request, pk):
        into = self._person(pk)
        other = self._person(valid(MergeSerializer, request)["other"])
        with told():
            merged = services.people_merge(owner=request.user, into=into, other=other)
        return Response(self._changed(merged))

    @extend_schema(
        description="Make some of the person's photos a person of their own.",
        request=SplitSerializer,
        responses={201: ChangedPersonSerializer, **problems(400, 401, 404, 409)},
    )
    @action(detail=True, methods=["post"])
    def split(self, request, pk):
        person, data = self._person(pk), valid(SplitSerializer, request)
        with told():
            new = services.person_split(owner=request.user, person=person, **data)
        return Response(self._changed(new), status=201)

    @extend_schema(
        methods=["GET"],
        responses={200: AnchorSerializer(many=True), **problems(401, 404)},
    )
    @extend_schema(
        methods=["POST"],
        description="Add a photo. One that the person has already is not added again: 200.",
        request=photo_request(AnchorUploadSerializer),
        responses={
            200: AnchorSerializer,
            202: AnchorSerializer,
            **problems(400, 401, 404, 409, 413, 415, 422, 429),
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
        person = self._person(pk)
        if request.method == "GET":
            page = self.paginate_queryset(selectors.anchor_list(owner=request.user, person=person))
            return self.get_paginated_response(AnchorSerializer(page, many=True).data)
        data = valid(AnchorUploadSerializer, request)
        image = data["image"]
        with told():
            anchor = services.anchor_add(
                person=person,
                data=image.read(),
                file_name=image.name,
                face_index=data["face_index"],
            )
        return Response(AnchorSerializer(anchor).data, status=202 if anchor.is_new else 200)

    def _person(self, pk) -> Person:
        return selectors.person_get(owner=self.request.user, id=pk)

    def _changed(self, person: Person) -> dict:
        told = self._person(person.pk)
        told.change = person.change
        return ChangedPersonSerializer(told).data

    def _told(self, person: Person) -> dict:
        return PersonSerializer(self._person(person.pk)).data


class AnchorViewSet(Endpoint, viewsets.GenericViewSet):
    """The anchor photos of the caller's people."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = Anchor.objects.none()
    serializer_class = AnchorSerializer
    filter_backends = []
    pagination_class = None
    lookup_value_converter = "uuid"

    def lock(self, pk) -> None:
        lock_person_of(Anchor(pk=pk))

    @extend_schema(responses={200: AnchorSerializer, **problems(401, 404)})
    def retrieve(self, request, pk):
        return Response(AnchorSerializer(self._anchor(pk)).data)

    @extend_schema(
        description="Choose another face of the photo, or move the photo to another person.",
        request=AnchorChangeSerializer,
        responses={200: ChangedAnchorSerializer, **problems(400, 401, 404, 409)},
    )
    def partial_update(self, request, pk):
        anchor = self._anchor(pk)
        data = valid(AnchorChangeSerializer, request)
        with told():
            if "person" in data:
                person = selectors.person_get(owner=request.user, id=data["person"])
                anchor = services.anchor_move(anchor=anchor, person=person)
            else:
                anchor = services.anchor_choose_face(anchor=anchor, **data)
        return Response(ChangedAnchorSerializer(anchor).data)

    @extend_schema(
        description="Delete the photo. Undoable for a while, unless `erase` is true.",
        parameters=[ERASE],
        responses={200: ChangeSerializer, 204: None, **problems(400, 401, 404, 409)},
    )
    def destroy(self, request, pk):
        with told():
            change = services.anchor_delete(anchor=self._anchor(pk), erase=wants_erase(request))
        return deleted(change)

    @extend_schema(
        description="Say that the photo shows the person although it looks unlike the others.",
        request=None,
        responses={200: AnchorSerializer, **problems(401, 404, 409)},
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request, pk):
        with told():
            anchor = services.anchor_confirm(anchor=self._anchor(pk))
        return Response(AnchorSerializer(anchor).data)

    def _anchor(self, pk) -> Anchor:
        return selectors.anchor_get(owner=self.request.user, id=pk)
