"""Makes a bundle: files cut onto a stick, a list of them, signatures of two people.

Run again after a copy that was cut off, it goes on: parts that are there and right are kept.
"""

import json
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from pathlib import Path

from kb.packs.disk import write_whole
from kb.packs.keys import PrivateKey
from kb.packs.manifest import digest_of
from kb.packs.names import folded
from kb.packs.signatures import Signatures, read_signatures, with_signature, write_signatures
from kb.packs.trust import SignedRoot, write_root
from ui.bundle.errors import BundleError
from ui.bundle.listing import LIST, ROOT, SIGNATURES, Bundle, Item, Kind, read_bundle, write_bundle
from ui.bundle.parts import PART, cut
from ui.models.disk import Progress, plain_errors, require_room, untold
from ui.models.folder import Models
from ui.models.lock import NAME, Lock, LockedModel, write_lock

HELP = ("START-HERE.txt", "install.sh", "install.ps1")
_TOP = "platform.txt"
_VERSION = "version.txt"
_SMALL = 1_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """What goes onto a stick."""

    number: int
    label: str
    made: date
    root: SignedRoot
    apps: tuple[Path, ...]
    """Archives of the program, as `make dist` writes them."""
    models: tuple[LockedModel, ...] = ()
    packs: tuple[Path, ...] = ()
    papers: tuple[Path, ...] = ()
    """List of contents, licences and pages for the person who installs."""
    most: int = PART
    """Most bytes of one file on the stick."""


def build(recipe: Recipe, here: Models, stick: Path, progress: Progress = untold) -> Bundle:
    """Copy everything onto a stick and list it; the list is not signed yet.

    Args:
        recipe: what goes onto it.
        here: the models of this machine.
        stick: folder to write, on the stick.
        progress: told how far it is.

    Raises:
        BundleError: an archive is none of the program, or two files have one name.
        NoRoom: the stick is full or write-protected.
    """
    apps = [(path, *about_app(path)) for path in recipe.apps]
    versions = {version for _, _, version, _ in apps}
    if len(versions) != 1:
        raise BundleError("A bundle holds programs of one version; give archives of one build.")
    _require_names(recipe)
    with plain_errors(str(stick)):
        stick.mkdir(parents=True, exist_ok=True)
        require_room(stick, _still_to_copy(recipe, stick))
    items = [
        Item(
            "app", path.name, cut(path, stick, f"app/{path.name}", recipe.most, progress), on, size
        )
        for path, on, _, size in apps
    ]
    items += _models(recipe, here, stick, progress)
    items += _plain("pack", recipe.packs, stick, recipe.most, progress)
    items += _plain("paper", recipe.papers, stick, recipe.most, progress)
    items += _help(stick)
    domain = recipe.root.root.domain
    bundle = Bundle(recipe.number, recipe.label, versions.pop(), domain, recipe.made, tuple(items))
    with plain_errors(LIST):
        write_whole(stick / ROOT, write_root(recipe.root))
        write_whole(stick / LIST, write_bundle(bundle))
    return bundle


def sign_bundle(stick: Path, key: PrivateKey) -> Signatures:
    """Add the signature of one key to a bundle.

    Raises:
        BundleDamaged: it is no bundle.
    """
    with plain_errors(SIGNATURES):
        data = (stick / LIST).read_bytes()
        read_bundle(data)
        path = stick / SIGNATURES
        there = path.read_bytes() if path.is_file() else b""
        known = read_signatures(there) if there else Signatures(digest_of(data))
        signatures = with_signature(known, key, "manifest", data)
        write_whole(path, write_signatures(signatures))
    return signatures


def about_app(path: Path) -> tuple[str, str, int]:
    """Platform and version of an archive of the program, and bytes of its files.

    Raises:
        BundleError: it is no such archive.
    """
    found, size = {}, 0
    try:
        with tarfile.open(path, "r|gz") as archive:
            for entry in archive:
                size += entry.size
                name = entry.name.partition("/")[2]
                if name in {_TOP, _VERSION} and entry.size < _SMALL:
                    inside = archive.extractfile(entry)
                    found[name] = inside.read().decode().strip() if inside else ""
    except (OSError, EOFError, tarfile.TarError, UnicodeDecodeError) as error:
        raise BundleError(f"{path.name} is no archive of the program: {error}.") from error
    if not found.get(_TOP) or not found.get(_VERSION):
        raise BundleError(f"{path.name} does not say for which machines it is; use `make dist`.")
    return found[_TOP], found[_VERSION], size


def _models(recipe: Recipe, here: Models, stick: Path, progress: Progress) -> Iterator[Item]:
    listed = []
    for model in recipe.models:
        rows = []
        here.check(model.files)
        for file in model.files:
            name = f"{model.name}/{here.path(file).name}"
            parts = cut(here.path(file), stick, f"models/{name}", recipe.most, progress)
            yield Item("model", name, parts)
            rows.append(replace(file, path=name))
        listed.append(replace(model, files=tuple(rows)))
    if listed:
        path = stick / "models" / NAME
        write_lock(path, Lock(tuple(listed)))
        yield Item("models-list", NAME, cut(path, stick, f"models/{NAME}"))


def _plain(
    kind: Kind, paths: Sequence[Path], stick: Path, most: int, progress: Progress
) -> Iterator[Item]:
    for path in paths:
        yield Item(kind, path.name, cut(path, stick, f"{kind}s/{path.name}", most, progress))


def _help(stick: Path) -> Iterator[Item]:
    for name in HELP:
        data = files("ui.bundle").joinpath("stick", name).read_bytes()
        with plain_errors(name):
            write_whole(stick / name, data)
        yield Item("help", name, cut(stick / name, stick, name))


def _require_names(recipe: Recipe) -> None:
    for paths in (recipe.apps, recipe.packs, recipe.papers):
        names = [folded(path.name) for path in paths]
        if len(set(names)) != len(names):
            raise BundleError(f"Two files have one name: {json.dumps(sorted(names))}.")


def _still_to_copy(recipe: Recipe, stick: Path) -> int:
    """Bytes that the stick lacks; what is there from a copy that was cut off is not counted."""
    plain = (*recipe.apps, *recipe.packs, *recipe.papers)
    wanted = sum(path.stat().st_size for path in plain) + sum(one.size for one in recipe.models)
    there = sum(path.stat().st_size for path in stick.rglob("*") if path.is_file())
    return max(0, wanted - there)
