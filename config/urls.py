"""Every address of the service."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from config import health, language
from labeling.urls import api_urlpatterns as media_api_urlpatterns
from projects.urls import page_urlpatterns
from registry_bridge.urls import api_urlpatterns as loop_api_urlpatterns

urlpatterns = [
    # What is called most is found first.
    path("api/v1/", include("reviewer.api.urls")),
    path("api/v1/", include(media_api_urlpatterns)),
    path("api/v1/", include(loop_api_urlpatterns)),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("language/", language.choose, name="set_language"),
    path("accounts/", include("config.account_urls")),
    path("admin/", admin.site.urls),
    path("", include(page_urlpatterns)),
    path("", include("labeling.page_urls")),
    path("", include("reviewer.urls")),
    path("", include("registry_bridge.page_urls")),
    path("api/schema", SpectacularJSONAPIView.as_view(), name="api-schema"),
]

handler404 = "config.pages.not_found"
handler500 = "config.pages.broken"
