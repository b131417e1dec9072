"""Errors of bundles; every message is fit to show to the person who holds the stick.

AssistantError (assistant.errors)
└── BundleError          something about a bundle or the installation that the person should know
    ├── BundleDamaged    a part is missing, cut off or not what was signed
    ├── BundleNotTrusted nobody whom this machine trusts has signed it
    ├── BundleTooOld     the machine has had a newer one
    ├── WrongPlatform    it holds no program for this kind of machine
    ├── ProgramFailed    the installed program did not answer its first question
    └── RecordsTooNew    the version before cannot read the library as it is now
"""

from assistant.errors import AssistantError


class BundleError(AssistantError):
    """Something about a bundle or the installation that the person should know."""


class BundleDamaged(BundleError):
    """A part is missing, cut off or not what was signed."""


class BundleNotTrusted(BundleError):
    """Nobody whom this machine trusts has signed it."""


class BundleTooOld(BundleError):
    """The machine has had a newer one."""


class WrongPlatform(BundleError):
    """It holds no program for this kind of machine."""


class ProgramFailed(BundleError):
    """The installed program did not answer its first question."""


class RecordsTooNew(BundleError):
    """The version before cannot read the library as it is now."""
