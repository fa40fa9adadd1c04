"""The addresses of schemas and guidelines."""

from __future__ import annotations

from django.urls import path

from labeling.pages import editing, guidelines, schemas

schema = "p/<slug:slug>/schemas/<slug:name>"
version = "p/<slug:slug>/schemas/<int:version_id>"
urlpatterns = [
    path("p/<slug:slug>/schemas/", schemas.listing, name="schemas"),
    path(f"{version}/guideline", guidelines.text, name="guideline"),
    path(f"{version}/changes", guidelines.changes, name="guideline-changes"),
    path(f"{version}/acknowledge", guidelines.acknowledge, name="acknowledge"),
    path(f"{schema}/", schemas.one, name="schema"),
    path(f"{schema}/edit/", editing.edit, name="schema-edit"),
    path(f"{schema}/check", editing.check, name="schema-check"),
    path(f"{schema}/versions/<int:number>/small/", schemas.small, name="schema-small"),
]
