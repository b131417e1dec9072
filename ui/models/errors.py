"""Errors around model files; every message is fit to show to the person.

ModelError (assistant.errors)
└── ModelFilesError    something about the model files on this machine
    ├── UnknownModel   no model of this name, here or in the catalogue
    ├── NotChecked     a file that was never checked in: its digest is not in models.lock
    ├── WrongDigest    a file that is not the one that was named
    ├── NoRoom         the disk is full, write-protected, or cannot hold files of this size
    └── HubError       the model hub could not give the file
        ├── NoAccess   it asks for a token, or for terms to be accepted first
        └── Interrupted  the connection failed again and again; what came so far is kept
"""

from assistant.errors import ModelError


class ModelFilesError(ModelError):
    """Something about the model files on this machine."""


class UnknownModel(ModelFilesError):
    """No model has this name, neither here nor in the catalogue."""


class NotChecked(ModelFilesError):
    """A file was never checked in: its digest is not in the list."""


class WrongDigest(ModelFilesError):
    """A file is not the one that was named."""


class NoRoom(ModelFilesError):
    """The disk is full, write-protected, or cannot hold files of this size."""


class HubError(ModelFilesError):
    """The model hub could not give the file."""


class NoAccess(HubError):
    """The hub asks for a token, or for terms to be accepted first."""


class Interrupted(HubError):
    """The connection failed again and again."""
