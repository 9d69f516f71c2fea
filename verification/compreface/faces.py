"""/api/v1/recognition/faces"""

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from ..gallery.gallery_models import Role
from ..gallery.models import Anchor
from ..gallery.selectors import anchor_image_open
from .collection import Collection, ids_in
from .enrolling import enrol
from .errors import Code, CompreFaceError
from .options import options_of, whole
from .service import Service, part_of, photo_of

PAGE = 20
LARGEST_PAGE = 1000


class FacesView(Service):
    """The photos of subjects: list them by pages, add one, delete those of a subject or all."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    takes_photos = True

    def get(self, request: Request) -> Response:
        query = request.query_params
        page = whole(query, "page", 0)
        size = min(whole(query, "size", PAGE, least=1), LARGEST_PAGE)
        photos = Collection(self.owner).examples(query.get("subject"))
        total = photos.count()
        return Response(
            {
                "faces": [told(photo) for photo in photos[page * size : (page + 1) * size]],
                "page_number": page,
                "page_size": size,
                "total_pages": -(-total // size),
                "total_elements": total,
            }
        )

    def post(self, request: Request) -> Response:
        subject = request.query_params.get("subject", "")
        if not subject.strip():
            raise CompreFaceError(
                Code.PARAMETER_MISSING, "Required parameter 'subject' is not present"
            )
        threshold = options_of(request.query_params).threshold
        photo = photo_of(request)
        name = getattr(part_of(request, "file"), "name", None) or ""
        added = enrol(
            Collection(self.owner, Role.EDITOR), subject, photo, name, threshold=threshold
        )
        return Response(told(added), status=201)

    def delete(self, request: Request) -> Response:
        collection = Collection(self.owner, Role.EDITOR)
        photos = collection.examples(request.query_params.get("subject"))
        return Response({"deleted": len(collection.delete_examples(photos))})


class FacesDeletionView(Service):
    """Delete the photos of a list of ids; those that are not there are passed over."""

    write_scope = "gallery:write"

    def post(self, request: Request) -> Response:
        ids = request.data
        if not isinstance(ids, list):
            raise CompreFaceError(Code.ARGUMENT_WRONG, "The body must be a list of image ids")
        collection = Collection(self.owner, Role.EDITOR)
        photos = collection.examples().filter(pk__in=list(ids_in(ids)))
        return Response([told(photo) for photo in collection.delete_examples(photos)])


class FaceView(Service):
    """One photo: delete it."""

    write_scope = "gallery:write"

    def delete(self, request: Request, id: str) -> Response:
        collection = Collection(self.owner, Role.EDITOR)
        photo = collection.example(id)
        answer = told(photo)
        collection.delete_examples(collection.examples().filter(pk=photo.pk))
        return Response(answer)


class FaceImageView(Service):
    """A photo as it is stored, a JPEG."""

    read_scope = "gallery:read"

    def get(self, request: Request, id: str) -> HttpResponse:
        photo = Collection(self.owner).example(id)
        data = anchor_image_open(owner=self.owner, id=photo.pk, which="image")
        return HttpResponse(data, content_type="image/jpeg")


def told(photo: Anchor) -> dict[str, str]:
    return {"image_id": str(photo.pk), "subject": photo.person.name if photo.person else ""}
