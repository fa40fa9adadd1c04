from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings as SettingsWrapper

from reviewer.models import Webhook
from tests import makers
from tests.reviewer.webhooks.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings: SettingsWrapper) -> Iterator[Receiver]:
    """Somebody who receives, on this machine: which the setting allows."""
    settings.WEBHOOK_PRIVATE = True
    with receiving() as found:
        yield found


@pytest.fixture
def webhook(db: None, receiver: Receiver) -> Webhook:
    return makers.make_webhook(url=receiver.url)
