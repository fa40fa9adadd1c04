"""Servers fork after loading the model: a child begins anew with locks and threads of its own."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from overread_client.client import Client

_clients: weakref.WeakKeyDictionary[Client, Callable[[Client], None]] = (
    weakref.WeakKeyDictionary()
)


def begin_anew_in_children(client: Client, begin: Callable[[Client], None]) -> None:
    _clients[client] = begin


def _begin_all() -> None:
    for client, begin in list(_clients.items()):
        begin(client)


# there is no fork where this is missing
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_all)
