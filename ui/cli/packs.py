"""`aidpost kb pack`: make, sign, check, install and take back packs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from kb.library import Library
from kb.messages import rank_of
from kb.packs.build import build, sign_pack
from kb.packs.install import Packs
from kb.packs.manifest import Manifest
from kb.packs.opening import Outcome, packs_in_use
from kb.packs.trust import Trust, merged
from kb.packs.trust_store import read_root_file
from ui.cli.jsonl import dumps
from ui.cli.pack_keys import keys, read_key, trust

PATH = click.Path(path_type=Path)


@click.group()
def pack() -> None:
    """Packs: signed bundles of cards, documents and tables, from a USB stick or a file."""


pack.add_command(keys)
pack.add_command(trust)


@pack.command("build")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "out", required=True, type=PATH, help="The pack to write.")
@click.option("--base", type=PATH, help="The version before: unchanged files are left out.")
@click.option("--full", is_flag=True, help="With --base: keep unchanged files.")
@click.option("--json", "as_json", is_flag=True)
def build_pack(folder: Path, out: Path, base: Path | None, full: bool, as_json: bool) -> None:
    """Make an unsigned pack of a folder with a pack.toml."""
    made = build(folder, out, datetime.now(UTC).date(), base, full=full)
    _tell(as_json, _about(made), f"{out}: {made.title}, version {made.version}, not signed yet")


@pack.command()
@click.argument("path", type=PATH)
@click.option("--key", "key_file", required=True, type=PATH, help="A private key (.key).")
@click.option("--passphrase", is_flag=True, help="Ask for the passphrase of the key.")
@click.option("--json", "as_json", is_flag=True)
def sign(path: Path, key_file: Path, passphrase: bool, as_json: bool) -> None:
    """Add the signature of one key to a pack."""
    signatures = sign_pack(path, read_key(key_file, ask=passphrase))
    ids = [one.key for one in signatures.each]
    _tell(as_json, {"signed_by": ids}, f"{path}: signed by {', '.join(ids)}")


@pack.command()
@click.argument("path", type=PATH)
@click.option("--root", type=PATH, help="Trust these keys only, as the publisher does.")
@click.option("--json", "as_json", is_flag=True)
def verify(path: Path, root: Path | None, as_json: bool) -> None:
    """Make every check on a pack; nothing is installed."""
    only = merged([read_root_file(root).root]) if root else None
    done = _packs(only).verify(path)
    _tell_outcome(done, as_json, "is sound")


@pack.command()
@click.argument("path", type=PATH)
@click.option("--json", "as_json", is_flag=True)
def install(path: Path, as_json: bool) -> None:
    """Install a pack from a file, a folder or a stick."""
    with _open() as (packs, library):
        done = packs.install(path, library)
    _tell_outcome(done, as_json, "is installed" if done.changed else "was installed already")


@pack.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_packs(as_json: bool) -> None:
    """List the installed packs, the highest precedence first."""
    packs = _packs()
    found = sorted(packs_in_use(packs.slots), key=lambda one: -rank_of(one[1].precedence))
    rows = [
        {**_about(manifest), "previous": asdict(known.previous) if known.previous else None}
        for known, manifest in found
    ]
    lines = [_line(manifest) for _, manifest in found] or ["No pack is installed."]
    _warn(packs.warnings())
    _tell(as_json, {"packs": rows, "warnings": packs.warnings()}, "\n".join(lines))


@pack.command()
@click.argument("identity")
@click.option("--json", "as_json", is_flag=True)
def rollback(identity: str, as_json: bool) -> None:
    """Go back to the version before the one in use."""
    with _open() as (packs, library):
        back = packs.rollback(identity, library)
    _tell(as_json, _about(back.manifest), f"in use again: {_line(back.manifest)}")


@pack.command()
@click.argument("identity")
@click.option("--json", "as_json", is_flag=True)
def remove(identity: str, as_json: bool) -> None:
    """Take a pack out of the library."""
    with _open() as (packs, library):
        packs.remove(identity, library)
    _tell(as_json, {"removed": identity}, f"removed {identity}")


@contextmanager
def _open() -> Iterator[tuple[Packs, Library]]:
    """The packs and the library, in line with each other."""
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.wiring import open_library  # noqa: PLC0415

    packs = _packs()
    settings, banners = load_settings()
    _warn(banners)
    library = open_library(settings)
    try:
        _warn(packs.catch_up(library))
        yield packs, library
    finally:
        library.close()


def _packs(only: Trust | None = None) -> Packs:
    from ui.installed_packs import open_packs  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    return open_packs(load_settings()[0], only)


def _about(manifest: Manifest) -> dict[str, Any]:
    kept = "id version label title publisher domain language precedence licence status min_app"
    dates = {"made": manifest.made.isoformat(), "expires": manifest.expires.isoformat()}
    about = {key: getattr(manifest, key) for key in kept.split()}
    return {**about, **dates, "files": len(manifest.files), "bytes": manifest.total}


def _line(manifest: Manifest) -> str:
    return (
        f"{manifest.id}\tversion {manifest.version} ({manifest.label})\t{manifest.title},"
        f" {manifest.publisher}\t{manifest.precedence}\tuntil {manifest.expires}"
    )


def _tell_outcome(done: Outcome, as_json: bool, words: str) -> None:
    counts = {"documents": done.documents, "medicines": done.medicines, "rules": done.rules}
    about = {**_about(done.manifest), "digest": done.digest, "changed": done.changed, **counts}
    _warn(done.warnings)
    line = (
        f"{done.manifest.title}, version {done.manifest.version} ({done.manifest.label}), {words}"
    )
    _tell(as_json, {**about, "warnings": done.warnings}, line)


def _tell(as_json: bool, values: dict[str, Any], line: str) -> None:
    click.echo(dumps(values) if as_json else line)


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        click.echo(warning, err=True)
