"""The user, who signs in with an email address, and the API keys of their programs."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy

from faceverify.api.scopes import Scope

from .audit.models import AuditEntry  # noqa: F401  Django looks for models here
from .chain.models import ChainHead  # noqa: F401


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def _create(self, email: str, password: str | None, **extra) -> "User":
        if not email:
            raise ValueError("A user needs an email address.")
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **extra) -> "User":
        return self._create(email, password, **extra)

    def create_superuser(self, email: str, password: str | None = None, **extra) -> "User":
        return self._create(email, password, **{"is_staff": True, "is_superuser": True, **extra})

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. No user name: the email address signs in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(gettext_lazy("email address"), max_length=254, unique=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    # Of storage, in MB: empty for the site's own limit, 0 for none.
    quota_megabytes = models.PositiveIntegerField(null=True, blank=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    # Counted up to end every session at once.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    # The only gallery that may be seen, while a key that is bound to one signs in; see ApiKey.
    bound_gallery: uuid.UUID | None = None

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_any_case",
                violation_error_message=gettext_lazy(
                    "There is already an account with this email address."
                ),
            )
        ]

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session carries to be valid: it changes with the password, and with the epoch. With
        epoch 0 it is Django's own."""
        of_password = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        if not self.session_epoch:
            return of_password
        text = f"{of_password}:{self.session_epoch}"
        return salted_hmac("accounts.session_epoch", text, secret, algorithm="sha256").hexdigest()


class ApiKey(models.Model):
    """A named secret with which a program signs in as its owner.

    active -> revoked    by its owner, for good
    active -> expired    at `expires_at`
    active -> rotated    a new key follows it (`followed_by`), and it expires some time later

    `scopes` is what it may do. `last_used_at` is exact to the minute.

    Only the SHA-256 of the secret is stored: it is 256 bits of randomness, so a slow password
    hash would add nothing. `prefix` is shown so that its owner can recognise it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)  # of faceverify.api.scopes.Scope
    # Which of FACEVERIFY_REKOGNITION_KEYS its secret access key is derived from, see access_keys.py;
    # blank: it has none.
    access_master = models.CharField(max_length=12, blank=True, editable=False)
    # The id of the gallery that it is bound to; null: it sees all that its owner sees.
    gallery = models.UUIDField(null=True, blank=True)
    follows = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followed_by"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_address = models.GenericIPAddressField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-created_at"], name="api_key_by_owner")]

    def __str__(self) -> str:
        return f"{self.name} (fv_{self.prefix}...)"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None and not self.is_expired

    @property
    def scope_labels(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes if scope in Scope.values]

    @property
    def is_rotated(self) -> bool:
        return hasattr(self, "followed_by")
