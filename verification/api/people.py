"""/api/v1/people/ and /api/v1/anchors/"""

from uuid import UUID

from django.db import transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated
from faceverify.api.errors import problems
from faceverify.api.pagination import OldestFirst

from ..gallery import galleries, selectors, services
from ..gallery.access import chosen_gallery, gallery_for
from ..gallery.gallery_models import Role
from ..gallery.locks import lock_person_of
from ..gallery.models import Anchor, Person
from .changes import ERASE, deletion_response, erase_requested
from .errors import photo_refusals
from .galleries import IN_GALLERY, gallery_filter
from .people_order import FINDING, SortedPeople, sort_of
from .people_serializers import (
    AnchorChangeSerializer,
    AnchorSerializer,
    AnchorUploadSerializer,
    ChangedAnchorSerializer,
    ChangedPersonSerializer,
    ChangeSerializer,
    CopySerializer,
    MergeSerializer,
    PersonSerializer,
    SplitSerializer,
)
from .photos import ANY_WAY, photo_request


class PersonViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """The people of the caller's galleries."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    of_one_gallery = True
    queryset = Person.objects.none()
    serializer_class = PersonSerializer
    pagination_class = SortedPeople
    submit_actions = ("anchors",)
    parameters = {
        "list": ("q", "tag", "sort", "gallery", "external_id"),
        "destroy": ("erase",),
    }
    with_body = ("create", "partial_update", "merge", "split", "copy", "anchors")
    photo_field = ""

    def get_queryset(self):
        query = self.request.query_params
        people = selectors.person_list(
            owner=self.owner,
            gallery=gallery_filter(self.request),
            q=query.get("q", ""),
            tag=query.get("tag", ""),
            sort=sort_of(query),
        )
        if (asked := query.get("external_id")) is not None:
            people = people.filter(external_id=asked)
        return people

    def get_object(self) -> Person:
        return self._person(self.kwargs["pk"])

    @extend_schema(
        parameters=[
            *FINDING,
            IN_GALLERY,
            OpenApiParameter("external_id", OpenApiTypes.STR, description="The exact id."),
        ]
    )
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    def create(self, request):
        data = validated(PersonSerializer, request)
        gallery = chosen_gallery(self.owner, data.pop("gallery_id", None), Role.EDITOR)
        person = services.person_create(owner=self.owner, gallery=gallery, **data)
        return Response(PersonSerializer(self._person(person.pk)).data, status=201)

    @extend_schema(description="Change what is sent. Another `gallery` moves the person there.")
    def partial_update(self, request, pk):
        person = self._person(pk, Role.EDITOR)
        data = validated(PersonSerializer, request, partial=True)
        with transaction.atomic():
            if (to := data.pop("gallery_id", None)) is not None:
                gallery = gallery_for(self.owner, to, Role.EDITOR)
                galleries.move_people(people=[person], gallery=gallery)
            services.person_update(person=person, **data)
        return self.retrieve(request, pk)

    @extend_schema(
        description="Copy the person with all photos to another gallery, as somebody of their own.",
        request=CopySerializer,
        responses={201: PersonSerializer},
    )
    @action(detail=True, methods=["post"])
    def copy(self, request, pk):
        person = self.get_object()
        to = validated(CopySerializer, request)["gallery"]
        gallery = gallery_for(self.owner, to, Role.EDITOR)
        (copy,) = galleries.copy_people(people=[person], gallery=gallery)
        return Response(PersonSerializer(self._person(copy.pk)).data, status=201)

    @extend_schema(
        description="Delete the person and the anchor photos. Verdicts stay. This can be undone for "
        "some time, unless `erase` is true.",
        parameters=[ERASE],
        responses={200: ChangeSerializer, 204: None},
    )
    def destroy(self, request, pk):
        erase = erase_requested(request)
        return deletion_response(
            services.person_delete(person=self._person(pk, Role.EDITOR), erase=erase)
        )

    @extend_schema(
        description="Move the photos and verdicts of another person here, and delete that person.",
        request=MergeSerializer,
        responses={200: ChangedPersonSerializer},
    )
    @action(detail=True, methods=["post"])
    def merge(self, request, pk):
        into = self._person(pk, Role.EDITOR)
        other = self._person(validated(MergeSerializer, request)["other"], Role.EDITOR)
        merged = services.people_merge(owner=self.owner, into=into, other=other)
        return Response(self._changed(merged))

    @extend_schema(
        description="Create a new person from some of the person's photos.",
        request=SplitSerializer,
        responses={201: ChangedPersonSerializer},
    )
    @action(detail=True, methods=["post"])
    def split(self, request, pk):
        person, data = self._person(pk, Role.EDITOR), validated(SplitSerializer, request)
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
        if request.method == "GET":
            person = self.get_object()
            page = self.paginate_queryset(selectors.anchor_list(owner=self.owner, person=person))
            return self.get_paginated_response(AnchorSerializer(page, many=True).data)
        person = self._person(pk, Role.EDITOR)
        data = validated(AnchorUploadSerializer, request)
        image = data.pop("image")
        with photo_refusals("image"):
            anchor = services.anchor_add(
                person=person,
                data=image.read(),
                file_name=image.name,
                **data,
            )
        return Response(AnchorSerializer(anchor).data, status=202 if anchor.is_new else 200)

    def _person(self, pk, role: str = Role.VIEWER) -> Person:
        return selectors.person_get(owner=self.owner, id=pk, role=role)

    def _changed(self, person: Person) -> dict:
        data = PersonSerializer(self._person(person.pk)).data
        return {**data, "change": ChangeSerializer(person.change).data}


class AnchorViewSet(mixins.RetrieveModelMixin, OwnedViewSet):
    """The anchor photos of the caller's galleries."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    of_one_gallery = True
    queryset = Anchor.objects.none()
    parameters = {"destroy": ("erase",)}
    serializer_class = AnchorSerializer

    def lock(self, pk) -> None:
        lock_person_of(Anchor(pk=pk))

    def get_object(self) -> Anchor:
        return self._anchor()

    def _anchor(self, role: str = Role.VIEWER) -> Anchor:
        return selectors.anchor_get(owner=self.owner, id=self.kwargs["pk"], role=role)

    @extend_schema(
        description="Choose another face of the photo, give the photo to another person or to nobody, "
        "or change what your programs say of it.",
        request=AnchorChangeSerializer,
        responses={200: ChangedAnchorSerializer},
    )
    def partial_update(self, request, pk):
        anchor = self._anchor(Role.EDITOR)
        data = validated(AnchorChangeSerializer, request)
        if "person" in data:
            anchor = self._given(anchor, data["person"])
        elif "face_index" in data:
            anchor = services.anchor_choose_face(anchor=anchor, **data)
        else:
            anchor = services.anchor_update(anchor=anchor, **data)
        return Response(ChangedAnchorSerializer(anchor).data)

    def _given(self, anchor: Anchor, to: UUID | None) -> Anchor:
        if to is not None:
            person = selectors.person_get(owner=self.owner, id=to, role=Role.EDITOR)
            return services.anchor_move(anchor=anchor, person=person)
        if anchor.person is None:
            return anchor
        change = services.anchors_take(person=anchor.person, anchors=[anchor])
        anchor.refresh_from_db()
        anchor.change = change
        return anchor

    @extend_schema(
        description="Delete the photo. This can be undone for some time, unless `erase` is true.",
        parameters=[ERASE],
        responses={200: ChangeSerializer, 204: None},
    )
    def destroy(self, request, pk):
        erase = erase_requested(request)
        return deletion_response(
            services.anchor_delete(anchor=self._anchor(Role.EDITOR), erase=erase)
        )

    @extend_schema(
        description="Confirm that the photo shows the person although it looks unlike the others.",
        request=None,
        responses={200: AnchorSerializer},
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request, pk):
        return Response(
            AnchorSerializer(services.anchor_confirm(anchor=self._anchor(Role.REVIEWER))).data
        )
