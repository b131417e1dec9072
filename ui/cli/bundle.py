"""`aidpost bundle`: put everything onto a stick, and install, repair or take it back from there.

What a command needs is imported when it runs.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.cli.jsonl import dumps

if TYPE_CHECKING:
    from ui.bundle.installing import Installer
    from ui.bundle.switching import Back

PATH = click.Path(path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def bundle() -> None:
    """Bundles: one folder on a stick that sets up a clinic without internet."""


@bundle.command("build")
@click.option("-o", "out", required=True, type=PATH, help="Folder on the stick.")
@click.option("--app", "apps", multiple=True, required=True, type=FILE, help="From `make dist`.")
@click.option("--root", required=True, type=FILE, help="Your list of keys (.root.json).")
@click.option("--key", "key_files", multiple=True, required=True, type=FILE, help="Two of them.")
@click.option("--number", required=True, type=click.IntRange(1), help="Higher with every edition.")
@click.option("--label", required=True, help="The edition as people name it.")
@click.option("--model", "models", multiple=True, help="A model of this machine.")
@click.option("--pack", "packs", multiple=True, type=FILE, help="A signed pack.")
@click.option("--paper", "papers", multiple=True, type=FILE, help="List of contents, a page.")
@click.option("--passphrase", is_flag=True, help="Ask for the passphrases of the keys.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def build_bundle(out: Path, key_files: tuple[Path, ...], as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Copy programs, models and packs onto a stick; run it again to go on after a cut."""
    from kb.packs.trust_store import read_root_file  # noqa: PLC0415
    from ui.bundle.building import Recipe, build, sign_bundle  # noqa: PLC0415
    from ui.cli.models_progress import bar  # noqa: PLC0415
    from ui.cli.pack_keys import read_key  # noqa: PLC0415
    from ui.models.allowed import models_of  # noqa: PLC0415

    here = models_of(_home())
    lock = here.lock()
    recipe = Recipe(
        number=given["number"],
        label=given["label"],
        made=datetime.now(UTC).date(),
        root=read_root_file(given["root"]),
        apps=given["apps"],
        models=tuple(lock.model(name) for name in given["models"]),
        packs=given["packs"],
        papers=given["papers"],
    )
    keys = [read_key(file, ask=given["passphrase"]) for file in key_files]
    with bar() as progress:
        made = build(recipe, here, out, progress)
    for key in keys:
        sign_bundle(out, key)
    total = sum(part.size for part in made.parts)
    values = {"number": made.number, "files": len(made.parts), "bytes": total, "folder": str(out)}
    line = f"{out}: bundle {made.number} ({made.label}), {total / 1e9:.2f} GB, {len(keys)} keys"
    click.echo(dumps(values) if as_json else line)


@bundle.command()
@click.argument("stick", type=PATH)
@click.option("--root", type=PATH, help="Trust these keys only, as the publisher does.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def verify(stick: Path, root: Path | None, as_json: bool) -> None:
    """Make every check on a bundle; nothing is installed."""
    from ui.cli.models_progress import bar  # noqa: PLC0415

    with bar() as progress:
        found = _installer(None, progress, root).verify(stick)
    _warn(found.warnings)
    about = found.bundle
    values = {"sound": True, "number": about.number, "label": about.label}
    line = f"bundle {about.number} ({about.label}) is whole: {len(about.parts)} files"
    click.echo(dumps({**values, "made": about.made.isoformat()}) if as_json else line)


@bundle.command()
@click.argument("stick", type=PATH)
@click.option("--to", "folder", type=PATH, help="Another folder for the program.")
@click.option("--allow-older", is_flag=True, help="Install even over a newer one.")
@click.option("--yes", is_flag=True, help="The ids of the keys were compared already.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def install(stick: Path, folder: Path | None, allow_older: bool, yes: bool, as_json: bool) -> None:
    """Install or update from a stick; the last line says that it works, or what to do."""
    from ui.cli.models_progress import bar  # noqa: PLC0415

    _trust_keys_of(stick, yes=yes)
    with bar() as progress:
        done = _installer(folder, progress).install(stick, allow_older=allow_older)
    _warn(done.warnings)
    words = "is installed and has answered a question" if done.changed else "was installed already"
    lines = [*done.came, f"Aidpost ({done.label}) {words}. Start it with: aidpost"]
    values = {"version": done.installed.current, "changed": done.changed, "came": done.came}
    click.echo(dumps({**values, "warnings": done.warnings}) if as_json else "\n".join(lines))


@bundle.command()
@click.argument("stick", type=PATH, required=False)
@click.option("--to", "folder", type=PATH, help="The folder of the program, if it is another.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def repair(stick: Path | None, folder: Path | None, as_json: bool) -> None:
    """Look for damaged files of the program, and with its stick put them right."""
    from ui.bundle.errors import BundleError  # noqa: PLC0415

    installer = _installer(folder)
    bad = installer.broken()
    if bad and stick is None:
        raise BundleError(
            f"{len(bad)} files of the program are damaged, such as {bad[0]}. Plug in the stick"
            " that it came from and run: aidpost bundle repair FOLDER-ON-THE-STICK"
        )
    if bad and stick is not None:
        installer.repair(stick)
    said = f"{len(bad)} files were damaged and are right again" if bad else "no file is damaged"
    click.echo(dumps({"damaged": bad, "repaired": bool(bad)}) if as_json else said)


@bundle.command()
@click.option("--to", "folder", type=PATH, help="The folder of the program, if it is another.")
@click.option("--as-it-was", is_flag=True, help="With the library as it was at the update.")
@click.option("--undo", is_flag=True, help="Only undo going back where it was cut off.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def rollback(folder: Path | None, as_it_was: bool, undo: bool, as_json: bool) -> None:
    """Go back to the version before the one in use; nothing that was added is lost."""
    installer = _installer(folder)
    if undo:
        undone = installer.undo()
        said = "going back was cut off and is undone" if undone else "there is nothing to undo"
        click.echo(dumps({"undone": undone}) if as_json else said)
        return
    back = installer.rollback(as_it_was=as_it_was)
    values = {
        "version": back.installed.current,
        "added": back.added,
        "read_in": back.read_in,
        "kept": str(back.folder) if back.folder else None,
    }
    click.echo(dumps(values) if as_json else _went_back(back))


@bundle.command()
@click.option("--to", "folder", type=PATH, help="The folder of the program, if it is another.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def uninstall(folder: Path | None, yes: bool, as_json: bool) -> None:
    """Take the program away; records, settings, models and packs are kept."""
    installer = _installer(folder)
    if not yes:
        click.confirm(f"Take away the program in {installer.place.folder}?", abort=True, err=True)
    installer.uninstall()
    kept = str(installer.home)
    said = f"the program is gone; records and settings are still in {kept}"
    click.echo(dumps({"kept": kept}) if as_json else said)


def _installer(
    folder: Path | None = None,
    progress: Any = None,  # noqa: ANN401 - imported when it runs
    only: Path | None = None,
) -> "Installer":
    """What installs here; `only` is a list of keys to trust and no other."""
    from kb.packs.trust import merged  # noqa: PLC0415
    from kb.packs.trust_store import load_trust, read_root_file  # noqa: PLC0415
    from ui.bundle.errors import BundleError  # noqa: PLC0415
    from ui.bundle.installing import Installer  # noqa: PLC0415
    from ui.bundle.launcher import Place, usual_place  # noqa: PLC0415
    from ui.cli.doctor import QUESTION  # noqa: PLC0415
    from ui.models.disk import untold  # noqa: PLC0415

    trust = merged([read_root_file(only).root]) if only else load_trust(_trust_folder())
    try:
        place = Place(folder.expanduser().resolve()) if folder else usual_place()
    except (OSError, RuntimeError) as error:  # links in a circle; a person without a home
        raise BundleError(f"There can be no folder {folder}: {error}.") from error
    return Installer(place, trust, QUESTION, _home(), progress or untold)


def _trust_keys_of(stick: Path, *, yes: bool) -> None:
    """Trust the keys on a stick from now on, after a person compared them; once for a domain."""
    from kb.packs.trust_store import add_root, load_trust, read_root_file  # noqa: PLC0415
    from ui.bundle.checking import stick_root  # noqa: PLC0415
    from ui.bundle.listing import ROOT  # noqa: PLC0415

    root = stick_root(stick)
    if root is None or load_trust(_trust_folder()).root(root.domain) is not None:
        return
    if not yes:
        rows = [f"{key.id}  {key.holder}" for key in root.keys]
        click.echo(f"This bundle is signed by {root.domain}, with the keys:", err=True)
        click.echo("\n".join(rows), err=True)
        click.confirm("Are these the ids that the publisher told you?", abort=True, err=True)
    add_root(_trust_folder(), read_root_file(stick / ROOT))


def _went_back(back: "Back") -> str:
    lines = []
    if back.folder is not None:
        lines.append(f"The library is as it was at the update; the newer one is in {back.folder}.")
    if back.added and back.read_in:
        lines.append(f"{len(back.added)} documents that were added since were read in again.")
    elif back.added:
        files = back.folder / "added" if back.folder else ""
        lines.append(
            f"{len(back.added)} documents that were added since are in {files}. Not all could be"
            " read in again: look there, and add them with: aidpost kb add FILE"
        )
    number = back.installed.number
    return "\n".join([*lines, f"bundle {number} is in use again and has answered a question"])


def _home() -> Path:
    from ui.settings import load_settings  # noqa: PLC0415

    return load_settings()[0].home


def _trust_folder() -> Path:
    return _home() / "packs" / "trust"


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        click.echo(warning, err=True)
