"""What can stand in the way of a start, each said in a sentence that helps."""

from __future__ import annotations


class CannotStart(Exception):
    """The service cannot start; the message tells the operator what to do."""

    exit_code = 1


class AlreadyRunning(CannotStart):
    exit_code = 3


class PortTaken(CannotStart):
    exit_code = 4


class DatabaseFailed(CannotStart):
    exit_code = 5


class Stopped(CannotStart):
    """Told to stop before everything was up."""

    exit_code = 0
