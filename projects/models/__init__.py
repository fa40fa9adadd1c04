"""Who works together, what is connected, what happened, what must be done."""

from __future__ import annotations

from projects.models.audit import AuditEntry
from projects.models.connection import Connection
from projects.models.event import Event
from projects.models.heartbeat import Heartbeat
from projects.models.job import Job
from projects.models.membership import Invitation, Membership, Role
from projects.models.notice import Notice, NoticeChoice, NoticeMail
from projects.models.project import Project
from projects.models.sweep import Removal, Sweep
from projects.models.token import Token
from projects.models.user import User

__all__ = [
    "AuditEntry",
    "Connection",
    "Event",
    "Heartbeat",
    "Invitation",
    "Job",
    "Membership",
    "Notice",
    "NoticeChoice",
    "NoticeMail",
    "Project",
    "Removal",
    "Role",
    "Sweep",
    "Token",
    "User",
]
