"""/api/v1/detect/, /api/v1/embeddings/ and the dry forms of verifications and identifications: photos are
looked at, and nothing is kept."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated
from accounts.models import User
from faceverify.api.errors import problems
from faceverify.api.parsers import LimitedJSONParser

from .. import engine
from ..comparisons.models import Verification
from ..gallery.access import gallery_for, people_for
from ..gallery.gallery_models import Role
from ..gallery.models import Anchor
from ..gallery.numbers import anchor_add_numbers
from ..gallery.selectors import person_get
from .looking import looked, numbers_of, rate_of
from .looks_serializers import (
    DetectedSerializer,
    DetectionSerializer,
    DryIdentificationSerializer,
    DryPhotoSearchSerializer,
    DrySearchSerializer,
    DryVerdictSerializer,
    DryVerificationSerializer,
    EmbeddedSerializer,
    NumbersSearchSerializer,
    NumbersUploadSerializer,
    PhotoSerializer,
)
from .people_serializers import AnchorSerializer
from .photos import ANY_WAY, photo_request
from .submission import sent_photos


class StatelessViewSet(OwnedViewSet):
    """POSTs that are answered when a worker has looked, and leave nothing behind."""

    of_one_gallery = True
    queryset = Verification.objects.none()
    parser_classes = ANY_WAY
    photo_field = "photo"
    commits_early = True
    keeps_answers = False
    submit_actions: tuple[str, ...] = ("create",)


class DetectViewSet(StatelessViewSet):
    write_scope = "verify"

    @extend_schema(
        summary="Detect faces",
        description="Find every face of a photo, and measure it. Nothing is stored: not the photo, not the "
        "answer. It comes when a worker has looked, within 30 seconds; else it is 503 with `Retry-After`.",
        request=photo_request(DetectionSerializer),
        responses={200: DetectedSerializer, **problems(422)},
    )
    def create(self, request):
        data = validated(DetectionSerializer, request)
        options = {"max_faces": data["max_faces"]}
        found = looked(self.owner, "faces", [data["photo"].read()], options, fields=("photo",))
        return Response(DetectedSerializer(found).data)


class EmbeddingViewSet(StatelessViewSet):
    write_scope = "embeddings"

    @extend_schema(
        summary="Embed faces",
        description="The faces of a photo as numbers. They are biometric data: whoever has them can recognise "
        "the person wherever the same model is used, and much of the face can be drawn from them. "
        "Only numbers of one model, named by `model`, can be compared. Nothing is stored.",
        request=photo_request(PhotoSerializer),
        responses={200: EmbeddedSerializer, **problems(422)},
    )
    def create(self, request):
        data = validated(PhotoSerializer, request)
        options = {"max_faces": data["max_faces"], "embedding": True}
        found = looked(self.owner, "faces", [data["photo"].read()], options, fields=("photo",))
        return Response(EmbeddedSerializer(found).data)


class EmbeddingSearchViewSet(StatelessViewSet):
    write_scope = "embeddings"
    parser_classes = [LimitedJSONParser]

    @extend_schema(
        operation_id="embeddings_search_create",
        summary="Search for an embedding",
        description="Rank the people of your gallery by an embedding that you send in, of the model that is used "
        "here. Nothing is stored.",
        request=NumbersSearchSerializer,
        responses={200: DrySearchSerializer, **problems(422)},
    )
    def create(self, request):
        data = validated(NumbersSearchSerializer, request)
        options = _asked(self.owner, data) | {"embedding": numbers_of(data)}
        found = looked(self.owner, "search", [], options)
        return Response(DrySearchSerializer(_people_found(self.owner, found)).data)


class PersonEmbeddingViewSet(OwnedViewSet):
    """Faces of a person that are known by their numbers alone."""

    write_scope = "gallery:write"
    of_one_gallery = True
    queryset = Anchor.objects.none()
    parser_classes = [LimitedJSONParser]

    @extend_schema(
        operation_id="people_embeddings_create",
        summary="Person: add an embedding",
        description="Add a face by an embedding that you send in, of the model that is used here. There is no photo "
        "of it then: nobody can look at it, and after a change of the model it cannot be compared any more. "
        "If the person has it already, it is not added again: the answer is 200.",
        request=NumbersUploadSerializer,
        responses={200: AnchorSerializer, 201: AnchorSerializer},
    )
    def create(self, request, pk):
        person = person_get(owner=self.owner, id=pk, role=Role.EDITOR)
        data = validated(NumbersUploadSerializer, request)
        anchor = anchor_add_numbers(
            person=person,
            numbers=numbers_of(data),
            model_sha256=engine.model_identity().sha256,
            name=data["name"],
        )
        return Response(AnchorSerializer(anchor).data, status=201 if anchor.is_new else 200)


class DryVerificationViewSet(StatelessViewSet):
    write_scope = "verify"
    photo_field = "probe"

    @extend_schema(
        operation_id="verifications_dry_create",
        summary="Verify without a trace",
        description="Compare a photo with another one, or with a person of your gallery, as a verification does, "
        "but store nothing: no photo, no verdict. A photo that cannot be used is answered 422.",
        request=photo_request(DryVerificationSerializer),
        responses={200: DryVerdictSerializer, **problems(422)},
    )
    def create(self, request):
        data = validated(DryVerificationSerializer, request)
        photos = sent_photos(self.owner, data)
        options: dict[str, Any] = {"false_match_rate": rate_of(data)}
        options |= {name: data[name] for name in ("probe_face", "reference_face")}
        if "person" in data:
            person = person_get(owner=self.owner, id=data["person"])
            options |= {"person": str(person.pk), "gallery_id": str(person.gallery_id)}
        elif self.owner.bound_gallery is not None:
            options["gallery_id"] = str(self.owner.bound_gallery)
        found = looked(self.owner, "verify", [photo.data for photo in photos.values()], options)
        return Response(DryVerdictSerializer({"anchor_scores": []} | found).data)


class DryIdentificationViewSet(StatelessViewSet):
    write_scope = "verify"
    photo_field = "probe"

    @extend_schema(
        operation_id="identifications_dry_create",
        summary="Identify without a trace",
        description="Rank the people of your gallery by similarity to a photo, as an identification does, but store "
        "nothing. A photo that cannot be used is answered 422.",
        request=photo_request(DryIdentificationSerializer),
        responses={200: DryPhotoSearchSerializer, **problems(422)},
    )
    def create(self, request):
        data = validated(DryIdentificationSerializer, request)
        photos = sent_photos(self.owner, data)
        options = _asked(self.owner, data) | {"faces": "one", "face_index": data["probe_face"]}
        found = looked(self.owner, "search", [photos["probe"].data], options)
        said = _people_found(self.owner, found) | {"face": found["probes"][0]["face"]}
        return Response(DryPhotoSearchSerializer(said).data)


def _asked(owner: User, data: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a search that came in. Raises ValidationError, Http404."""
    options = {"limit": data["limit"], "false_match_rate": rate_of(data)}
    # Without either it is the default one, which is not made for a call that leaves nothing behind.
    if named := data.get("gallery") or owner.bound_gallery:
        options["gallery_id"] = str(gallery_for(owner, named).pk)
    return options


def _people_found(owner: User, found: dict[str, Any]) -> dict[str, Any]:
    """With names. Somebody who was deleted since is left out."""
    matches = found["probes"][0]["matches"]
    people = people_for(owner).in_bulk([match["id"] for match in matches])
    by_id = {str(pk): person for pk, person in people.items()}
    candidates = [
        match | {"person_id": match["id"], "name": by_id[match["id"]].name}
        for match in matches
        if match["id"] in by_id
    ]
    return {"candidates": candidates, "searched": found["searched"], "model": found["model"]}
