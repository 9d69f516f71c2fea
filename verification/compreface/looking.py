"""/api/v1/detection/, /api/v1/verification/ and what recognition does with a photo: looks of which nothing
is kept."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from faceverify.api.scopes import MissingScope, Scope

from ..gallery.selectors import anchor_image_open
from ..looks.services import look
from .answers import Told, clear_faces, face_told, similarity, times, versions
from .collection import Collection
from .errors import no_face, several_faces
from .options import Options, options_of
from .service import Service, photo_of

NUMBERS = Scope.EMBEDDINGS
EVERYONE = 1000  # people named for a face when no number of them is given


class LookView(Service):
    """A photo to a worker, and what it says at once."""

    write_scope = "verify"
    takes_photos = True

    def wanted(self, request: Request) -> Options:
        """Raises CompreFaceError, and MissingScope for a key that may not read numbers of faces."""
        options = options_of(request.query_params)
        if "calculator" in options.plugins and NUMBERS not in self.key.scopes:
            raise MissingScope((NUMBERS,))
        return options

    def look(self, task: str, *photos: bytes, options: Options, **more: Any) -> Told:
        """Poor faces are looked at as others: CompreFace refuses none."""
        how = {"any_quality": True, "embedding": "calculator" in options.plugins}
        return look(self.owner, task, photos, how | more)


class DetectionView(LookView):
    """Every face of a photo."""

    def post(self, request: Request) -> Response:
        options, photo = self.wanted(request), photo_of(request)
        said = self.look("faces", photo, options=options)
        faces = clear_faces(said, options)
        result = [face_told(face, options) | times(said, options) for face in faces]
        return Response({"result": result} | versions(said, options))


class VerificationView(LookView):
    """The one face of a photo against every face of another."""

    def post(self, request: Request) -> Response:
        options = self.wanted(request)
        photos = photo_of(request, "source_image"), photo_of(request, "target_image")
        said = self.look("pair", *photos, options=options, largest=True)
        source = clear_faces(said["probe"], Options(threshold=options.threshold))
        if len(source) > 1:
            raise several_faces()
        result = {
            "source_image_face": face_told(said["probe"]["face"], options) | times(said, options),
            "face_matches": matches(said, options),
        }
        return Response({"result": [result]} | versions(said, options))


class FaceVerificationView(LookView):
    """A photo of the collection against every face of another photo."""

    def post(self, request: Request, id: str) -> Response:
        options, photo = self.wanted(request), photo_of(request)
        example = Collection(self.owner).example(id)
        stored = anchor_image_open(owner=self.owner, id=example.pk, which="image")
        which = example.face.get("index", example.face_index)
        chosen = {"largest": True} if which is None else {"face_index": which}
        said = self.look("pair", stored, photo, options=options, **chosen)
        result = [match | times(said, options, compared=True) for match in matches(said, options)]
        return Response({"result": result} | versions(said, options))


class RecognitionView(LookView):
    """Who of the collection is in a photo."""

    def post(self, request: Request) -> Response:
        options, photo = self.wanted(request), photo_of(request)
        collection = Collection(self.owner)
        said, probes = self.searched(collection, photo, options)
        names = names_of(collection, probes)
        faces = clear_faces({"faces": list(probes)}, options)
        result = [
            face_told(face, options)
            | {"subjects": subjects(face["matches"], names, options.predictions)}
            | times(said, options, compared=True)
            for face in faces
        ]
        return Response({"result": result} | versions(said, options))

    def searched(
        self, collection: Collection, photo: bytes, options: Options
    ) -> tuple[Told, list[Told]]:
        """What the worker says, and the faces with their `matches`: none while nobody is there to be
        found."""
        # More people than names are asked for: some may share a name.
        limit = min(EVERYONE, 4 * options.predictions or EVERYONE)
        where = {"gallery_id": str(collection.gallery.pk), "faces": "all", "limit": limit}
        said = self.look("search", photo, options=options, allow_empty=True, **where)
        return said, [probe["face"] | {"matches": probe["matches"]} for probe in said["probes"]]


def matches(said: Told, options: Options) -> list[Told]:
    """The faces of the second photo of a pair, the most similar first."""
    faces = [face for face in clear_faces(said["reference"], options) if _is_compared(face)]
    if not faces:
        raise no_face()
    faces.sort(key=lambda face: -face["probability"])
    return [
        face_told(face, options) | {"similarity": similarity(face["probability"])} for face in faces
    ]


def names_of(collection: Collection, probes: list[Told]) -> dict[str, str]:
    """The names of those who were found, by their ids."""
    ids = {match["id"] for probe in probes for match in probe["matches"]}
    people = collection.people().filter(pk__in=ids)
    return {str(pk): name for pk, name in people.values_list("pk", "name")}


def subjects(found: list[Told], names: dict[str, str], most: int) -> list[Told]:
    """Each name once, the most similar first; who is gone by now is left out."""
    best: dict[str, float] = {}
    for match in found:
        if name := names.get(match["id"]):
            best[name] = max(best.get(name, 0.0), similarity(match["probability"]))
    ranked = sorted(best.items(), key=lambda each: -each[1])
    told = [{"subject": name, "similarity": value} for name, value in ranked]
    return told[: most or None]


def _is_compared(face: Told) -> bool:
    return face["probability"] is not None
