"""Tells Django about this app."""

from __future__ import annotations

from django.apps import AppConfig


class RegistryBridgeConfig(AppConfig):
    name = "registry_bridge"
