"""The operations of Amazon Rekognition that are answered: what each takes, needs and does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rest_framework.serializers import Serializer

from faceverify.api.scopes import Scope

from . import associations, collections, faces, inputs, looking, searches, users
from .authentication import Caller

READ, WRITE, VERIFY = Scope.GALLERY_READ, Scope.GALLERY_WRITE, Scope.VERIFY


@dataclass(frozen=True)
class Operation:
    """`run` gives the answer's members. The key needs all of `scopes`. `looks`: a worker looks at photos
    or compares faces, which costs its time."""

    run: Callable[[Caller, dict[str, Any]], dict[str, Any]]
    fields: type[Serializer]
    scopes: tuple[Scope, ...]
    looks: bool = False


OPERATIONS = {
    "DetectFaces": Operation(looking.detect, inputs.Detect, (VERIFY,), looks=True),
    "CompareFaces": Operation(looking.compare, inputs.Compare, (VERIFY,), looks=True),
    "CreateCollection": Operation(collections.create, inputs.Collection, (WRITE,)),
    "ListCollections": Operation(collections.every, inputs.Page, (READ,)),
    "DescribeCollection": Operation(collections.describe, inputs.Collection, (READ,)),
    "DeleteCollection": Operation(collections.delete, inputs.Collection, (WRITE,)),
    "IndexFaces": Operation(faces.index, inputs.Index, (WRITE,), looks=True),
    "ListFaces": Operation(faces.every, inputs.Faces, (READ,)),
    "DeleteFaces": Operation(faces.delete, inputs.FacesToDelete, (WRITE,)),
    "SearchFaces": Operation(
        searches.faces_like_face, inputs.FacesLikeFace, (READ, VERIFY), looks=True
    ),
    "SearchFacesByImage": Operation(
        searches.faces_like_image, inputs.FacesLikeImage, (READ, VERIFY), looks=True
    ),
    "CreateUser": Operation(users.create, inputs.User, (WRITE,)),
    "ListUsers": Operation(users.every, inputs.Users, (READ,)),
    "DeleteUser": Operation(users.delete, inputs.User, (WRITE,)),
    "AssociateFaces": Operation(associations.associate, inputs.FacesForUser, (WRITE,), looks=True),
    "DisassociateFaces": Operation(associations.disassociate, inputs.FacesOfUser, (WRITE,)),
    "SearchUsers": Operation(
        searches.users_like_thing, inputs.UsersLikeThing, (READ, VERIFY), looks=True
    ),
    "SearchUsersByImage": Operation(
        searches.users_like_image, inputs.UsersLikeImage, (READ, VERIFY), looks=True
    ),
}
