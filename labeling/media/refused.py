"""Why what a payload refers to cannot be shown: words for whoever looks at the task."""

from __future__ import annotations

from projects.refused import Conflict, NotFound, Refused, TooLarge, TryAgain


class LinkEnded(Refused):
    code, status, title = "link_ended", 410, "This address holds no longer"


class LinkOfAnother(Conflict):
    code, title = "link_of_another", "This address is not yours"


class Erased(NotFound):
    code, title = "erased", "The input was erased"


class Gone(NotFound):
    code, title = "reference_gone", "There is nothing any more"


class Unfetched(Refused):
    """The other side said no, or nothing that could be used."""

    # a failed dependency: nothing is wrong with this service
    code, status, title = "reference_unfetched", 424, "It cannot be fetched"


class NotOurs(Refused):
    code, status, title = "reference_not_allowed", 422, "It may not be fetched"


class Heavy(TooLarge):
    code, title = "reference_too_large", "It is too large"


class Unfit(Refused):
    code, status, title = "reference_unfit", 415, "It is not what it should be"


class Busy(TryAgain):
    code, title = "busy", "Others are being served"
