"""/api/v1/galleries/{id}/members/, .../invitations/ and .../hand_over/, and /api/v1/gallery_invitations/"""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated
from accounts.reauthentication import IsRecent
from faceverify.api.endpoint import Endpoint

from ..gallery.access import gallery_for
from ..gallery.gallery_models import Gallery, Role
from ..gallery.membership_models import Membership
from ..teams import selectors, services
from ..teams.handing_over import gallery_hand_over
from ..teams.models import GalleryInvitation

TAKES_OVER = (
    "Whether this owner has agreed to become the gallery's owner when that closes their account."
)


class MemberSerializer(serializers.Serializer):
    """An account that uses a gallery. `belongs`: the one to which it belongs."""

    user = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    belongs = serializers.BooleanField()
    takes_over = serializers.BooleanField(help_text=TAKES_OVER)
    created_at = serializers.DateTimeField(allow_null=True, help_text="Null for the owner.")


class MemberChangeSerializer(serializers.Serializer):
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    takes_over = serializers.BooleanField(
        required=False, help_text=f"{TAKES_OVER} Nobody can set it for another."
    )

    def validate(self, data):
        if len(data) != 1:
            raise serializers.ValidationError("Give either role or takes_over.")
        return data


class InvitationSerializer(serializers.ModelSerializer):
    class Meta:
        model = GalleryInvitation
        fields = ("id", "gallery", "email", "role", "created_at", "expires_at")
        read_only_fields = ("id", "gallery", "created_at", "expires_at")


class InvitationToMeSerializer(serializers.ModelSerializer):
    """An invitation that the caller may accept."""

    gallery_name = serializers.CharField(source="gallery.called", read_only=True)
    invited_by = serializers.EmailField(source="invited_by.email", read_only=True)

    class Meta:
        model = GalleryInvitation
        fields = ("id", "gallery", "gallery_name", "invited_by", "role", "created_at", "expires_at")
        read_only_fields = fields


class AcceptSerializer(serializers.Serializer):
    takes_over = serializers.BooleanField(
        default=False, help_text=f"Of an invitation as owner. {TAKES_OVER}"
    )


class HandOverSerializer(serializers.Serializer):
    member = serializers.UUIDField(help_text="The `user` of a member whose role is owner.")


class MembersView(Endpoint):
    """Who uses a gallery."""

    read_scope = write_scope = "admin"

    @extend_schema(responses={200: MemberSerializer(many=True)})
    def get(self, request, pk):
        gallery = gallery_for(request.user, pk)
        members = selectors.member_list(gallery=gallery)
        told = [_owner_told(gallery), *map(_told, members)]
        return Response(MemberSerializer(told, many=True).data)


class MemberView(Endpoint):
    """One member of a gallery."""

    read_scope = write_scope = "admin"
    with_body = ("patch",)

    @extend_schema(
        description="An owner gives a member another role; an owner agrees to take the gallery over.",
        request=MemberChangeSerializer,
        responses={200: MemberSerializer},
    )
    def patch(self, request, pk, user):
        gallery = gallery_for(request.user, pk, Role.OWNER)
        _member_or_404(gallery, user)
        data = validated(MemberChangeSerializer, request)
        if "role" in data:
            member = services.member_set_role(
                gallery=gallery, user_id=user, by=request.user, **data
            )
        elif user == request.user.pk:
            member = services.member_agree(gallery=gallery, user=request.user, **data)
        else:
            raise serializers.ValidationError(
                {"takes_over": "Only this account itself can agree to that."}
            )
        return Response(MemberSerializer(_told(member)).data)

    @extend_schema(
        description="Take the member's access away, at once; members may do so themselves.",
        responses={204: None},
    )
    def delete(self, request, pk, user):
        own = user == request.user.pk
        gallery = gallery_for(request.user, pk, Role.VIEWER if own else Role.OWNER)
        if gallery.owner_id != user:
            _member_or_404(gallery, user)
        services.member_remove(gallery=gallery, user_id=user, by=request.user)
        return Response(status=204)


class InvitationsView(Endpoint):
    """The open invitations to a gallery."""

    read_scope = write_scope = "admin"
    with_body = ("post",)

    @extend_schema(responses={200: InvitationSerializer(many=True)})
    def get(self, request, pk):
        gallery = gallery_for(request.user, pk, Role.OWNER)
        found = selectors.invitation_list(gallery=gallery)
        return Response(InvitationSerializer(found, many=True).data)

    @extend_schema(
        description="Invite whoever has the address. The answer does not tell whether there is an account.",
        request=InvitationSerializer,
        responses={201: InvitationSerializer},
    )
    def post(self, request, pk):
        gallery = gallery_for(request.user, pk, Role.OWNER)
        data = validated(InvitationSerializer, request)
        invitation = services.invite(gallery=gallery, by=request.user, **data)
        return Response(InvitationSerializer(invitation).data, status=201)


class InvitationView(Endpoint):
    """One of them."""

    read_scope = write_scope = "admin"

    @extend_schema(description="Withdraw the invitation.", responses={204: None})
    def delete(self, request, pk, invitation):
        gallery = gallery_for(request.user, pk, Role.OWNER)
        found = selectors.invitation_list(gallery=gallery).filter(pk=invitation).first()
        if found is None:
            raise Http404("There is no such invitation.")
        services.invitation_withdraw(invitation=found, by=request.user)
        return Response(status=204)


class HandOverView(Endpoint):
    """Give a gallery to another account."""

    read_scope = write_scope = "admin"
    with_body = ("post",)

    def get_permissions(self):
        return [*super().get_permissions(), IsRecent()]

    @extend_schema(
        description="The gallery belongs to this member from now on; the caller stays one of its owners.",
        request=HandOverSerializer,
        responses={204: None},
    )
    def post(self, request, pk):
        gallery = gallery_for(request.user, pk, Role.OWNER)
        member = _member_or_404(gallery, validated(HandOverSerializer, request)["member"])
        gallery_hand_over(gallery=gallery, to=member.user, by=request.user)
        return Response(status=204)


class GalleryInvitationViewSet(mixins.ListModelMixin, OwnedViewSet):
    """The open invitations to the caller."""

    read_scope = write_scope = "admin"
    with_body = ("accept",)
    queryset = GalleryInvitation.objects.none()
    serializer_class = InvitationToMeSerializer

    def get_queryset(self):
        return selectors.invitations_to(user=self.owner)

    @extend_schema(
        description="Become a member of the gallery.",
        request=AcceptSerializer,
        responses={200: MemberSerializer},
    )
    @action(detail=True, methods=["post"])
    def accept(self, request, pk):
        invitation = selectors.invitation_get(user=self.owner, id=pk)
        data = validated(AcceptSerializer, request)
        member = services.invitation_accept(invitation=invitation, user=self.owner, **data)
        told = _told(member) if member is not None else _owner_told(invitation.gallery)
        return Response(MemberSerializer(told).data)

    @extend_schema(description="Decline the invitation.", request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def decline(self, request, pk):
        invitation = selectors.invitation_get(user=self.owner, id=pk)
        services.invitation_decline(invitation=invitation, user=self.owner)
        return Response(status=204)


def _told(member: Membership) -> dict:
    return {
        "user": member.user_id,
        "email": member.user.email,
        "role": member.role,
        "belongs": False,
        "takes_over": member.takes_over,
        "created_at": member.created_at,
    }


def _owner_told(gallery: Gallery) -> dict:
    return {
        "user": gallery.owner_id,
        "email": gallery.owner.email,
        "role": Role.OWNER,
        "belongs": True,
        "takes_over": False,
        "created_at": None,
    }


def _member_or_404(gallery: Gallery, user) -> Membership:
    member = selectors.member_list(gallery=gallery).filter(user=user).first()
    if member is None:
        raise Http404("There is no such member.")
    return member
