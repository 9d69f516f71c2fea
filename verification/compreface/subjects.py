"""/api/v1/recognition/subjects"""

from rest_framework.request import Request
from rest_framework.response import Response

from ..gallery.gallery_models import Role
from .collection import Collection
from .errors import Code, CompreFaceError
from .service import Service, member_of


class SubjectsView(Service):
    """All subjects: list, add one, delete all."""

    read_scope, write_scope = "gallery:read", "gallery:write"

    def get(self, request: Request) -> Response:
        return Response({"subjects": Collection(self.owner).subjects()})

    def post(self, request: Request) -> Response:
        person = Collection(self.owner, Role.EDITOR).add(subject_of(request))
        return Response({"subject": person.name}, status=201)

    def delete(self, request: Request) -> Response:
        collection = Collection(self.owner, Role.EDITOR)
        names = len(collection.subjects())
        collection.delete(list(collection.people()))
        return Response({"deleted": names})


class SubjectView(Service):
    """One subject: rename, delete."""

    write_scope = "gallery:write"

    def put(self, request: Request, name: str) -> Response:
        collection = Collection(self.owner, Role.EDITOR)
        collection.rename(collection.at_address(name), subject_of(request))
        return Response({"updated": True})

    def delete(self, request: Request, name: str) -> Response:
        collection = Collection(self.owner, Role.EDITOR)
        people = collection.at_address(name)
        collection.delete(people)
        return Response({"subject": people[0].name})


def subject_of(request: Request) -> str:
    """The name in the body. Raises CompreFaceError."""
    name = member_of(request, "subject")
    if not isinstance(name, str) or not name.strip():
        raise CompreFaceError(Code.VALUE_NOT_ALLOWED, "subject: must be a text that is not blank")
    return name
