"""Addresses of the pages of a project's people, tokens, settings and audit log."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from projects.views import (
    audit,
    connections,
    invitations,
    members,
    notices,
    objects,
    settings,
    tokens,
)

project_pages: list[URLPattern | URLResolver] = [
    path("members/", members.listing, name="members"),
    path("members/<int:pk>/", members.one, name="member"),
    path("members/<int:pk>/role/", members.change_role, name="member-role"),
    path("members/<int:pk>/end/", members.end, name="member-end"),
    path("members/<int:pk>/password/", members.reset_password, name="member-password"),
    path("invitations/", invitations.invite, name="invite"),
    path("invitations/<int:pk>/withdraw/", invitations.withdraw, name="withdraw"),
    path("tokens/", tokens.listing, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="token-revoke"),
    path("settings/", settings.one, name="project-settings"),
    path("settings/retention/", settings.keep_for, name="project-retention"),
    path("connections/new/", connections.new, name="connection-new"),
    path("connections/<int:pk>/", connections.one, name="connection"),
    path("connections/<int:pk>/remove/", connections.remove, name="connection-remove"),
    path("audit/", audit.listing, name="audit-log"),
    path("audit/verify/", audit.verify, name="audit-verify"),
    path("audit/export.jsonl", audit.export, name="audit-export"),
]

page_urlpatterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/", include(project_pages)),
    path("invitations/<str:code>/", invitations.accept, name="invitation"),
    path("objects/<str:token>", objects.one, name="object"),
    path("notices/", notices.page, name="notices"),
    path("notices/address/<str:key>/", notices.address, name="notices-address"),
]
