"""/api/v1/people/selection/: several people at once."""

from uuid import UUID

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated
from accounts.models import User
from faceverify.api.errors import RoleTooLow

from ..gallery import selection, selectors
from ..gallery.access import ROLE_TOO_LOW, people_for
from ..gallery.gallery_models import Gallery, Role
from ..gallery.models import Person
from ..gallery.selection import Chosen
from ..gallery.services import TAG_LENGTH
from .people_serializers import ChangeSerializer

ACTIONS = {
    "tag": selection.MOST_TAGGED,
    "untag": selection.MOST_TAGGED,
    "delete": selection.MOST_DELETED,
    "merge": selection.MOST_MERGED,
}
MOST = max(ACTIONS.values())


class EveryoneSerializer(serializers.Serializer):
    """As the list of people has them: `q` is searched in name and note, `tag` is a whole tag."""

    q = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    tag = serializers.CharField(required=False, allow_blank=True, default="", max_length=TAG_LENGTH)


class SelectionSerializer(serializers.Serializer):
    """What is to be done, and with whom: either `people` or `everyone`."""

    action = serializers.ChoiceField(choices=list(ACTIONS))
    people = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        default=list,
        max_length=MOST,
        help_text="Ids. "
        + ", ".join(f"{name}: up to {most:,}" for name, most in ACTIONS.items())
        + ".",
    )
    everyone = EveryoneSerializer(required=False, help_text="Empty: all people of the gallery.")
    tag = serializers.CharField(
        required=False, max_length=TAG_LENGTH, help_text="The tag to give or to take."
    )
    into = serializers.UUIDField(
        required=False, help_text="The person into whom the others are merged."
    )

    def validate(self, data: dict) -> dict:
        if bool(data["people"]) == ("everyone" in data):
            raise serializers.ValidationError(
                {"people": gettext("Send either people or everyone.")}
            )
        needed = {"tag": "tag", "untag": "tag", "merge": "into"}.get(data["action"])
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


class SelectionViewSet(OwnedViewSet):
    """Several people of the caller's gallery at once."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = Person.objects.none()
    serializer_class = SelectionSerializer

    @extend_schema(
        description="Tag, untag, delete or merge several people. Each deletion and each merge is a change "
        "of its own, which can be undone for some time.",
        request=SelectionSerializer,
        responses={200: SelectedSerializer},
    )
    def create(self, request):
        data = validated(SelectionSerializer, request)
        chosen = Chosen(data["people"], "everyone" in data, **data.get("everyone", {}))
        all_there(self.owner, data["people"])
        most = ACTIONS[data["action"]]
        people = chosen.people(owner=self.owner, most=most, role=Role.EDITOR)
        done = getattr(self, f"_{data['action']}")(people, data)
        return Response(SelectedSerializer({"people": 0, "changes": [], "full": []} | done).data)

    def _tag(self, people: list[Person], data: dict) -> dict:
        done = selection.people_tag(owner=self.owner, people=people, tag=data["tag"])
        return {"people": done.changed, "full": done.full}

    def _untag(self, people: list[Person], data: dict) -> dict:
        tag = data["tag"]
        return {"people": selection.people_untag(owner=self.owner, people=people, tag=tag)}

    def _delete(self, people: list[Person], _data: dict) -> dict:
        changes = selection.people_delete(people=people)
        return {"people": len(changes), "changes": changes}

    def _merge(self, people: list[Person], data: dict) -> dict:
        into = selectors.person_get(owner=self.owner, id=data["into"], role=Role.EDITOR)
        others = [person for person in people if person.pk != into.pk]
        changes = selection.people_merge_all(owner=self.owner, into=into, others=others)
        return {"people": len(changes), "changes": changes}


def all_there(owner: User, ids: list[UUID], gallery: Gallery | None = None) -> None:
    """Raises ValidationError if the owner cannot see one of these people, and RoleTooLow for one
    in a gallery that the owner may only look at. `gallery`: all have to be in it."""
    if missing := set(ids) - _found(owner, ids, Role.VIEWER, gallery):
        places = [str(place) for place, id in enumerate(ids, start=1) if id in missing]
        told = gettext("Not a person of your gallery: number %(places)s of the list.")
        raise ValidationError({"people": told % {"places": ", ".join(places[:10])}})
    if set(ids) - _found(owner, ids, Role.EDITOR, gallery):
        raise RoleTooLow(ROLE_TOO_LOW)


def _found(owner: User, ids: list[UUID], role: Role, gallery: Gallery | None) -> set[UUID]:
    people = people_for(owner, role).filter(pk__in=ids).order_by()
    if gallery is not None:
        people = people.filter(gallery=gallery)
    return set(people.values_list("pk", flat=True))
