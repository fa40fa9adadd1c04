"""What every compute asks of a training before it starts one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from registry_bridge.gateways.ports import Rejected

if TYPE_CHECKING:
    from registry_bridge.gateways.ports import TrainingSpec

# SageMaker's own pattern, so that a name that works here works there.
NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
CHANNEL = re.compile(r"[A-Za-z0-9_]{1,64}")


def checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise Rejected(f"{name!r} is no name for a training: letters, digits, hyphens.")
    return name


def refuse_unfit(spec: TrainingSpec) -> None:
    if not spec.script.is_file():
        raise Rejected(f"There is no training script {spec.script}.")
    for channel, place in spec.channels.items():
        # "code" is the script's own channel on SageMaker
        if not CHANNEL.fullmatch(channel) or channel == "code":
            raise Rejected(f"{channel!r} is no name for a channel.")
        if not place.exists():
            raise Rejected(f"The channel {channel} names {place}, which is not there.")
