"""/api/v1/people/ and /api/v1/anchors/"""

from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated
from faceverify.api.errors import problems
from faceverify.api.pagination import OldestFirst

from ..gallery import selectors, services
from ..gallery.locks import lock_person_of
from ..gallery.models import Anchor, Person
from .changes import ERASE, deletion_response, erase_requested
from .errors import photo_refusals
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


class PersonViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """The people of the caller's gallery."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = Person.objects.none()
    serializer_class = PersonSerializer
    pagination_class = OldestFirst
    submit_actions = ("anchors",)
    parameters = {"list": ("q", "tag"), "destroy": ("erase",)}
    with_body = ("create", "partial_update", "merge", "split", "anchors")
    photo_field = ""

    def get_queryset(self):
        query = self.request.query_params
        return selectors.person_list(
            owner=self.owner, q=query.get("q", ""), tag=query.get("tag", "")
        )

    def get_object(self) -> Person:
        return self._person(self.kwargs["pk"])

    def create(self, request):
        person = services.person_create(owner=self.owner, **validated(PersonSerializer, request))
        return Response(PersonSerializer(self._person(person.pk)).data, status=201)

    def partial_update(self, request, pk):
        person = self.get_object()
        services.person_update(person=person, **validated(PersonSerializer, request, partial=True))
        return self.retrieve(request, pk)

    @extend_schema(
        description="Delete the person and the anchor photos. Verdicts stay. This can be undone for "
        "some time, unless `erase` is true.",
        parameters=[ERASE],
        responses={200: ChangeSerializer, 204: None},
    )
    def destroy(self, request, pk):
        erase = erase_requested(request)
        return deletion_response(services.person_delete(person=self.get_object(), erase=erase))

    @extend_schema(
        description="Move the photos and verdicts of another person here, and delete that person.",
        request=MergeSerializer,
        responses={200: ChangedPersonSerializer},
    )
    @action(detail=True, methods=["post"])
    def merge(self, request, pk):
        into = self.get_object()
        other = self._person(validated(MergeSerializer, request)["other"])
        merged = services.people_merge(owner=self.owner, into=into, other=other)
        return Response(self._changed(merged))

    @extend_schema(
        description="Create a new person from some of the person's photos.",
        request=SplitSerializer,
        responses={201: ChangedPersonSerializer},
    )
    @action(detail=True, methods=["post"])
    def split(self, request, pk):
        person, data = self.get_object(), validated(SplitSerializer, request)
        new = services.person_split(owner=self.owner, person=person, **data)
        return Response(self._changed(new), status=201)

    @extend_schema(
        methods=["GET"],
        operation_id="people_anchors_retrieve",
        responses={200: AnchorSerializer(many=True)},
    )
    @extend_schema(
        methods=["POST"],
        description="Add a photo. If the person has it already, it is not added again: the answer is 200.",
        request=photo_request(AnchorUploadSerializer),
        responses={
            200: AnchorSerializer,
            202: AnchorSerializer,
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
        person = self.get_object()
        if request.method == "GET":
            page = self.paginate_queryset(selectors.anchor_list(owner=self.owner, person=person))
            return self.get_paginated_response(AnchorSerializer(page, many=True).data)
        data = validated(AnchorUploadSerializer, request)
        image = data["image"]
        with photo_refusals("image"):
            anchor = services.anchor_add(
                person=person,
                data=image.read(),
                file_name=image.name,
                face_index=data["face_index"],
            )
        return Response(AnchorSerializer(anchor).data, status=202 if anchor.is_new else 200)

    def _person(self, pk) -> Person:
        return selectors.person_get(owner=self.owner, id=pk)

    def _changed(self, person: Person) -> dict:
        data = PersonSerializer(self._person(person.pk)).data
        return {**data, "change": ChangeSerializer(person.change).data}


class AnchorViewSet(mixins.RetrieveModelMixin, OwnedViewSet):
    """The anchor photos of the caller's people."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = Anchor.objects.none()
    parameters = {"destroy": ("erase",)}
    serializer_class = AnchorSerializer

    def lock(self, pk) -> None:
        lock_person_of(Anchor(pk=pk))

    def get_object(self) -> Anchor:
        return selectors.anchor_get(owner=self.owner, id=self.kwargs["pk"])

    @extend_schema(
        description="Choose another face of the photo, or move the photo to another person.",
        request=AnchorChangeSerializer,
        responses={200: ChangedAnchorSerializer},
    )
    def partial_update(self, request, pk):
        anchor = self.get_object()
        data = validated(AnchorChangeSerializer, request)
        if "person" in data:
            person = selectors.person_get(owner=self.owner, id=data["person"])
            anchor = services.anchor_move(anchor=anchor, person=person)
        else:
            anchor = services.anchor_choose_face(anchor=anchor, **data)
        return Response(ChangedAnchorSerializer(anchor).data)

    @extend_schema(
        description="Delete the photo. This can be undone for some time, unless `erase` is true.",
        parameters=[ERASE],
        responses={200: ChangeSerializer, 204: None},
    )
    def destroy(self, request, pk):
        erase = erase_requested(request)
        return deletion_response(services.anchor_delete(anchor=self.get_object(), erase=erase))

    @extend_schema(
        description="Confirm that the photo shows the person although it looks unlike the others.",
        request=None,
        responses={200: AnchorSerializer},
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request, pk):
        return Response(AnchorSerializer(services.anchor_confirm(anchor=self.get_object())).data)
