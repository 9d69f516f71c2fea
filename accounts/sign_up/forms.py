"""The form for a new account."""

from allauth.account.forms import SignupForm
from allauth.core import context
from django.db import transaction

from accounts.invitations.selectors import invitation_opened
from accounts.models import User

from . import rules


class SignUpForm(SignupForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.invitation = invitation_opened(context.request)
        if self.invitation is not None and self.invitation.email:
            self.fields["email"].initial = self.invitation.email
            self.fields["email"].widget.attrs["readonly"] = True

    def clean_email(self) -> str:
        rules.check_address(self.cleaned_data["email"], self.invitation)
        return super().clean_email()

    def save(self, request) -> User:
        with transaction.atomic():
            user = super().save(request)
            rules.use_invitation(request, user)
        return user
