"""The small models that come with the program: what their folder says, and whether it is whole.

A folder holds `manifest.toml`, the files that it names, and `CARD.md` for people. A file is used
only if its SHA-256 is the one in the manifest. Knows nothing of what runs the model.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from kb.errors import LibraryError


class ModelUnusable(LibraryError):
    """A built-in model is missing, damaged, or what runs it is not installed."""


@dataclass(frozen=True, slots=True)
class Role:
    """One use of a model: as document encoder, as query encoder, or as re-ranker."""

    name: str
    """Name and version; vectors of document encoders with different names never meet."""
    model: str
    """File of the model inside the folder."""
    tokenizer: str
    """File of the tokenizer inside the folder."""
    max_tokens: int
    """Longest input, in tokens with the two that frame it; what follows is cut off."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model folder as its manifest describes it."""

    folder: Traversable
    roles: Mapping[str, Role]
    digests: Mapping[str, str]
    """File name -> SHA-256, hexadecimal."""

    def role(self, name: str) -> Role:
        """What the manifest says of a use.

        Raises:
            ModelUnusable: the model is not made for it.
        """
        if name not in self.roles:
            message = f"The built-in model in {self.folder.name} cannot serve as {name}."
            raise ModelUnusable(message)
        return self.roles[name]

    def read(self, name: str) -> bytes:
        """Bytes of a file, once its digest is checked.

        Raises:
            ModelUnusable: the file is missing or is not the one that was shipped.
        """
        try:
            data = self.folder.joinpath(name).read_bytes()
        except OSError as error:
            raise unusable(self.folder.name, f"{name} is missing") from error
        if hashlib.sha256(data).hexdigest() != self.digests.get(name):
            raise unusable(self.folder.name, f"{name} is not the file that was shipped")
        return data


def built_in(name: str) -> ModelFolder:
    """The folder of a model that comes with the program: `encoder` or `reranker`.

    Raises:
        ModelUnusable: there is none, or its manifest cannot be read.
    """
    return open_folder(files("kb").joinpath(name))


def open_folder(folder: Traversable) -> ModelFolder:
    """Read the manifest of a model folder.

    Raises:
        ModelUnusable: there is none, or it cannot be read.
    """
    try:
        table = tomllib.loads(folder.joinpath("manifest.toml").read_text(encoding="utf-8"))
        roles = {name: _role(fields) for name, fields in table["roles"].items()}
        digests = {str(name): str(digest) for name, digest in table["files"].items()}
    except OSError as error:
        raise unusable(folder.name, "its manifest is missing") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise unusable(folder.name, "its manifest cannot be read") from error
    return ModelFolder(folder, roles, digests)


def unusable(folder: str, reason: str) -> ModelUnusable:
    """The error for a model that cannot be used, with what still works and what to do."""
    return ModelUnusable(
        f"The built-in model in {folder} cannot be used: {reason}."
        " Search by words still works. Install the program again to get the model back."
    )


def _role(fields: Mapping[str, Any]) -> Role:
    return Role(
        str(fields["name"]),
        str(fields["model"]),
        str(fields["tokenizer"]),
        int(fields["max_tokens"]),
    )
