"""A person who signs in, or a service that a token speaks for."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q


class User(AbstractUser):
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    is_service = models.BooleanField(default=False)
    # Chosen in the account menu, for what is sent while they are away; "": English.
    language = models.CharField(max_length=10, blank=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["email"], condition=~Q(email=""), name="email_used_once"
            ),
            models.CheckConstraint(
                condition=Q(is_service=False) | Q(is_superuser=False, is_staff=False),
                name="service_is_never_staff",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.username
