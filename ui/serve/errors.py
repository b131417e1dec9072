"""Errors of the clinic server; every message is fit to show to the person.

ServeError (an AssistantError)
├── TokenError   a token's name is taken, unknown or cannot be used
├── CertError    a certificate or its key is missing, unreadable, too old or for other names
└── CannotStart  the server cannot be started as it was asked to
"""

from assistant.errors import AssistantError


class ServeError(AssistantError):
    """Something about the clinic server that the person should know."""


class TokenError(ServeError):
    """A token's name is taken, unknown or cannot be used."""


class CertError(ServeError):
    """A certificate or its key is missing, unreadable, too old or for other names."""


class CannotStart(ServeError):
    """The server cannot be started as it was asked to."""
