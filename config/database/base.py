"""Django's PostgreSQL, with limits on how long a session may hold others up.

An old snapshot or a forgotten lock slows everybody's claims, so every session says how
long it may take. The names come from the settings; what a server does not know is left out.
"""

from __future__ import annotations

import select

from django.db.backends.postgresql import base

LIMIT = """
select set_config(known.name, wanted.value, false)
from unnest(%s::text[], %s::text[]) as wanted (name, value)
join pg_settings known on known.name = wanted.name
"""


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the server still holds this session: asked of the socket.

        Django asks once a request and would send a statement for it. A server that went
        away has closed the socket, which can be seen without a round trip.
        """
        if self.connection is None or self.connection.closed:
            return False
        look = select.poll()
        look.register(self.connection.fileno(), select.POLLIN)
        return not look.poll(0) or super().is_usable()

    def init_connection_state(self) -> None:
        super().init_connection_state()
        limits: dict[str, str] = self.settings_dict.get("LIMITS") or {}
        if limits:
            with self.cursor() as cursor:
                cursor.execute(LIMIT, [list(limits), list(limits.values())])
