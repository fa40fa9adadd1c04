"""Links for a new password end with any change of what the account may do."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator

from projects.models import Membership, User


class EndsWithRights(PasswordResetTokenGenerator):
    """An owner's link must not open a project that was joined after it was made."""

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        assert isinstance(user, User)  # noqa: S101 (the only user model there is)
        memberships = Membership.objects.active().filter(user=user).order_by("pk")
        rights = [(each.pk, each.role) for each in memberships]
        return (
            f"{super()._make_hash_value(user, timestamp)}"
            f"{rights}{user.is_staff}{user.is_superuser}"
        )
