"""/api/v1/people/selection/: several people at once."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated
from accounts.models import User
from faceverify.api.errors import RoleTooLow

from ..bulk_changes import services
from ..bulk_changes.models import BulkChange
from ..gallery import galleries, selection, selectors
from ..gallery.access import ROLE_TOO_LOW, gallery_for, people_for
from ..gallery.gallery_models import NAME_LENGTH, Gallery, Role
from ..gallery.models import Person
from ..gallery.selection import Chosen
from ..gallery.services import TAG_LENGTH
from .bulk_changes import BulkChangeSerializer
from .people_serializers import ChangeSerializer

MERGE = "merge"
# Those that a worker always does; of the others it does those of many people.
BY_WORKER = (BulkChange.Action.CONSENT, BulkChange.Action.ERASE)
ACTIONS = [*BulkChange.Action.values, MERGE]
NEEDS = {
    "tag": "tag",
    "untag": "tag",
    "merge": "into",
    "move": "to",
    "copy": "to",
    "consent": "consent",
}
MOST = 5_000  # ids in one request


class EveryoneSerializer(serializers.Serializer):
    """As the list of people has them: `q` is searched in name and note, `tag` is a whole tag."""

    gallery = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Without it all galleries."
    )
    q = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    tag = serializers.CharField(required=False, allow_blank=True, default="", max_length=TAG_LENGTH)


class ConsentSerializer(serializers.Serializer):
    """What replaces the consent recorded with each; what is left out stays."""

    consent_given_by = serializers.CharField(required=False, max_length=NAME_LENGTH)
    consent_at = serializers.DateField(required=False)
    consent_for = serializers.CharField(required=False)
    consent_until = serializers.DateField(required=False)


class SelectionSerializer(serializers.Serializer):
    """What is to be done, and with whom: either `people` or `everyone`."""

    action = serializers.ChoiceField(choices=ACTIONS)
    people = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        default=list,
        max_length=MOST,
        help_text=f"Ids; of people to be merged up to {selection.MOST_MERGED}.",
    )
    everyone = EveryoneSerializer(required=False, help_text="Empty: all people.")
    tag = serializers.CharField(
        required=False, max_length=TAG_LENGTH, help_text="The tag to give or to take."
    )
    into = serializers.UUIDField(
        required=False, help_text="The person into whom the others are merged."
    )
    to = serializers.UUIDField(required=False, help_text="The gallery that gets them.")
    consent = ConsentSerializer(required=False)

    def validate(self, data: dict) -> dict:
        if bool(data["people"]) == ("everyone" in data):
            raise serializers.ValidationError(
                {"people": gettext("Send either people or everyone.")}
            )
        needed = NEEDS.get(data["action"])
        if needed and needed not in data:
            raise serializers.ValidationError(
                {needed: gettext("This action needs it.")}, "required"
            )
        return data


class SelectedSerializer(serializers.Serializer):
    """What was done: all of it, or nothing."""

    people = serializers.IntegerField(help_text="How many people it changed.")
    changes = ChangeSerializer(many=True, help_text="One for each person deleted or merged.")
    full = serializers.ListField(
        child=serializers.CharField(),
        help_text="Names of those who have as many tags as there can be, and did not get this one.",
    )
    bulk_change = BulkChangeSerializer(
        allow_null=True, help_text="What a worker does, where that is not done yet."
    )


class SelectionViewSet(OwnedViewSet):
    """Several people of the caller's gallery at once."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = Person.objects.none()
    serializer_class = SelectionSerializer

    @extend_schema(
        description="Tag, untag, delete, move, copy or merge several people, record a consent with them or erase "
        "them for good. Of few people each deletion and each merge is a change of its own, which can be undone "
        "for some time. Many, and whoever is erased or gets a consent, are left to a worker: the answer is 202 "
        "then, with a `bulk_change` to follow, to stop and to undo. Erasing takes the owner of the gallery.",
        request=SelectionSerializer,
        responses={200: SelectedSerializer, 202: SelectedSerializer},
    )
    def create(self, request):
        data = validated(SelectionSerializer, request)
        everyone = dict(data.get("everyone", {}))
        gallery = everyone.pop("gallery", None)
        if gallery:
            everyone["gallery"] = gallery_for(self.owner, gallery)
        chosen = Chosen(data["people"], "everyone" in data, **everyone)
        all_there(self.owner, data["people"], role=services.role_for(data["action"]))
        to = gallery_for(self.owner, data["to"], Role.EDITOR) if "to" in data else None
        done: dict[str, Any] = {"people": 0, "changes": [], "full": [], "bulk_change": None}
        action = data["action"]
        if action in BY_WORKER or services.are_many(owner=self.owner, chosen=chosen, action=action):
            done["bulk_change"] = services.bulk_change_order(
                owner=self.owner,
                chosen=chosen,
                action=action,
                tag=data.get("tag", ""),
                to=to,
                consent=data.get("consent"),
            )
            return Response(SelectedSerializer(done).data, status=202)
        role = services.role_for(action)
        most = services.AT_ONCE.get(action, selection.MOST_MERGED)
        people = chosen.people(owner=self.owner, most=most, role=role)
        done |= getattr(self, f"_{action}")(people, data | {"to": to})
        return Response(SelectedSerializer(done).data)

    def _move(self, people: list[Person], data: dict) -> dict:
        return {"people": galleries.move_people(people=people, gallery=data["to"])}

    def _copy(self, people: list[Person], data: dict) -> dict:
        return {"people": len(galleries.copy_people(people=people, gallery=data["to"]))}

    def _tag(self, people: list[Person], data: dict) -> dict:
        done = selection.people_tag(owner=self.owner, people=people, tag=data["tag"])
        return {"people": done.changed, "full": done.full}

    def _untag(self, people: list[Person], data: dict) -> dict:
        tag = data["tag"]
        return {"people": selection.people_untag(owner=self.owner, people=people, tag=tag)}

    def _delete(self, people: list[Person], _data: dict) -> dict:
        done = selection.people_delete(people=people)
        return {"people": done.people, "changes": done.changes}

    def _merge(self, people: list[Person], data: dict) -> dict:
        into = selectors.person_get(owner=self.owner, id=data["into"], role=Role.EDITOR)
        others = [person for person in people if person.pk != into.pk]
        changes = selection.people_merge_all(owner=self.owner, into=into, others=others)
        return {"people": len(changes), "changes": changes}


def all_there(
    owner: User, ids: list[UUID], gallery: Gallery | None = None, role: Role = Role.EDITOR
) -> None:
    """Raises ValidationError if the owner cannot see one of these people, and RoleTooLow for one
    in a gallery in which the owner lacks the role. `gallery`: all have to be in it."""
    if missing := set(ids) - _found(owner, ids, Role.VIEWER, gallery):
        places = [str(place) for place, id in enumerate(ids, start=1) if id in missing]
        told = gettext("Not a person of your gallery: number %(places)s of the list.")
        raise ValidationError({"people": told % {"places": ", ".join(places[:10])}})
    if set(ids) - _found(owner, ids, role, gallery):
        raise RoleTooLow(ROLE_TOO_LOW)


def _found(owner: User, ids: list[UUID], role: Role, gallery: Gallery | None) -> set[UUID]:
    people = people_for(owner, role).filter(pk__in=ids).order_by()
    if gallery is not None:
        people = people.filter(gallery=gallery)
    return set(people.values_list("pk", flat=True))
