"""Errors of the library; every message is fit to show to the person.

LibraryError
├── UnreadableDocument     a file that cannot be turned into text
│   ├── DocumentEncrypted  it asks for a password
│   ├── DocumentTooLarge   over a size, page, ratio or time limit
│   └── NoTextFound        a scan or an empty file
├── UnknownDocument        no such document or passage
├── LibraryDamaged         a page, passage or digest does not match
├── LibraryTooNew          written by a newer version of the program
└── LibraryReadOnly        the disk is full or write-protected; reading still works
"""


class LibraryError(Exception):
    """Something about the library that the person should know."""


class UnreadableDocument(LibraryError):
    """The file cannot be turned into text."""


class DocumentEncrypted(UnreadableDocument):
    """The file asks for a password."""


class DocumentTooLarge(UnreadableDocument):
    """The file is over a size, page, compression or time limit."""


class NoTextFound(UnreadableDocument):
    """The file holds no text, as a scan does."""


class UnknownDocument(LibraryError):
    """No document or passage has this name."""


class LibraryDamaged(LibraryError):
    """What is stored does not match its digest or cannot be read."""


class LibraryTooNew(LibraryError):
    """The library was written by a newer version of the program."""


class LibraryReadOnly(LibraryError):
    """The disk is full or write-protected; what is stored can still be read."""
