"""Why a language model on another machine cannot be used; every message is fit to show.

ModelError
└── RemoteError        the server of the clinic's network cannot be used
    ├── RemoteRefused  its address, key or answer is wrong: trying again does not help
    │   └── RemoteUnfit  the request asks for something that this server does not know
    └── RemoteAway     it is not there, too slow, or busy: trying again later may help
"""

from assistant.errors import ModelError


class RemoteError(ModelError):
    """The model server cannot be used."""


class RemoteRefused(RemoteError):
    """Something has to be put right by a person; trying again does not help."""


class RemoteUnfit(RemoteRefused):
    """The server does not take the request as it is; one that asks for less it may."""


class RemoteAway(RemoteError):
    """The server is not there, too slow or busy."""

    def __init__(self, says: str, *, wait_s: float | None = None, again: bool = True) -> None:
        """Take the message.

        Args:
            says: what the person reads.
            wait_s: how long the server asks to be left alone, in seconds, where it says so.
            again: whether the same request may be sent again at once. False where the server may
                still be working on it: a second one would double its load.
        """
        super().__init__(says)
        self.wait_s = wait_s
        self.again = again
