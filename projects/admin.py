"""Administration: accounts are kept here; what people decided is only looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from projects import audit, jobs
from projects.models import (
    AuditEntry,
    Connection,
    Event,
    Invitation,
    Job,
    Membership,
    Project,
    Token,
    User,
)

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    People = UserAdmin[User]
    Pages = Paginator[Any]
else:
    ModelAdmin, People, Pages = admin.ModelAdmin, UserAdmin, Paginator

admin.site.site_header = admin.site.site_title = "Overread administration"
admin.site.index_title = "What the service keeps"
# Its own form would count no failed sign-ins: staff use the same door as all others.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Its plural is only ever read here; in the model it would need a migration.
AuditEntry._meta.verbose_name_plural = "audit entries"
admin.site.unregister(Group)
admin.site.unregister(EmailAddress)


class NewestRows(Pages):
    """Counts no further than anybody turns pages; filters and search find the others."""

    most = 10_000

    @cached_property
    def count(self) -> int:
        newest = self.object_list[: self.most]
        return newest.count() if isinstance(newest, QuerySet) else len(newest)


class ReadOnly(ModelAdmin):
    """To look at: it is written by what happens, and changed where people decide."""

    paginator = NewestRows
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


@admin.register(User)
class Users(People):
    """Accounts are switched off, not deleted: their answers stay theirs."""

    list_display = ("username", "name", "is_service", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "is_service")
    search_fields = ("username", "name", "email")
    fieldsets = (
        (None, {"fields": ("username", "password", "name", "email")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: Any
    ) -> None:
        super().save_model(request, obj, form, change)
        by = request.user if isinstance(request.user, User) else None
        changed = {"changed": sorted(form.changed_data)}
        audit.record("account kept", None, obj.username, by=by, after=changed)


@admin.register(Project)
class Projects(ReadOnly):
    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")


@admin.register(Membership)
class Memberships(ReadOnly):
    list_display = ("user", "project", "role", "joined_at", "ended_at")
    list_filter = ("role", "project")
    list_select_related = ("user", "project")
    search_fields = ("user__username", "user__name")


@admin.register(Invitation)
class Invitations(ReadOnly):
    list_display = ("name", "project", "role", "expires_at", "accepted_by")
    list_select_related = ("project", "accepted_by")
    exclude = ("code_hash",)


@admin.register(Token)
class Tokens(ReadOnly):
    list_display = ("name", "hint", "project", "role", "expires_at", "revoked_at")
    list_filter = ("role", "project")
    list_select_related = ("project",)
    exclude = ("hash",)


@admin.register(Connection)
class Connections(ReadOnly):
    list_display = ("name", "kind", "project", "uri")
    list_select_related = ("project",)
    exclude = ("secret",)


@admin.register(Event)
class Events(ReadOnly):
    list_display = ("name", "subject", "project", "created_at")
    list_filter = ("name",)
    list_select_related = ("project",)


@admin.register(Job)
class Jobs(ReadOnly):
    list_display = ("handler", "stream", "state", "attempts", "next_at", "ended_at")
    list_filter = ("state", "handler")
    search_fields = ("key", "stream")
    actions = ("try_again",)

    @admin.action(description="Try dead letters again")
    def try_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        count = jobs.revive(queryset)
        self.message_user(request, f"{count} will be tried again.", messages.SUCCESS)


@admin.register(AuditEntry)
class AuditEntries(ReadOnly):
    list_display = ("number", "at", "actor", "action", "subject", "project")
    list_filter = ("action", "project")
    list_select_related = ("actor", "project")
    search_fields = ("subject", "action")
