"""Addresses of what tasks refer to."""

from __future__ import annotations

from django.urls import path

from labeling import views

api_urlpatterns = [
    path("projects/<slug:project>/media/<str:token>", views.media, name="api-media"),
]
