"""What is written down and what refusals say is English, whatever language whoever acts has chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation

if TYPE_CHECKING:
    from django.db.models import Choices


def label(choice: Choices) -> str:
    """The words of a choice, such as those of a state, as they stand in the code."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(choice.label)
