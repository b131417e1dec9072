"""`aidpost models`: fetch, bring on a stick, check and choose the models of this machine.

Only `pull` uses the network, and only when a person runs it. What a command needs is imported when
it runs.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.cli.jsonl import dumps
from ui.cli.models_advice import recommend
from ui.cli.models_pull import pull

if TYPE_CHECKING:
    from ui.models.catalogue import Entry
    from ui.models.folder import Models
    from ui.models.lock import LockedModel

PATH = click.Path(path_type=Path)


@click.group()
def models() -> None:
    """Language, speech and image models: fetch, import from a stick, check, choose."""


models.add_command(pull)
models.add_command(recommend)


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def list_models(as_json: bool) -> None:
    """List the models on this machine and those that can be fetched."""
    from ui.models.catalogue import catalogue  # noqa: PLC0415

    here = _here().lock().models
    if as_json:
        known = [_about(entry) for entry in catalogue()]
        click.echo(dumps({"installed": [_row(one) for one in here], "catalogue": known}))
        return
    click.echo("On this machine:")
    for one in here:
        click.echo(f"  {_line(one)}")
    if not here:
        click.echo("  none")
    click.echo("Can be fetched with `aidpost models pull NAME`:")
    for entry in catalogue():
        click.echo(f"  {_described(entry)}")


@models.command("import")
@click.argument("path", type=PATH)
@click.option("--name", default="", help="Name for the model; else that of the file or folder.")
@click.option("--sha256", default="", help="Digest that a single file must have.")
@click.option("--in-place", is_flag=True, help="Leave the file where it is; only list it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def import_models(path: Path, name: str, sha256: str, in_place: bool, as_json: bool) -> None:
    """Take models from a stick: a bundle, a folder with one model, or one file."""
    from ui.cli.models_progress import bar  # noqa: PLC0415
    from ui.models.bundle import Import, Options  # noqa: PLC0415

    options = Options(name, sha256, in_place)
    with bar() as progress:
        taken = Import(_here(), progress).run(path, options)
    for model in taken:
        _say(as_json, f"imported {_line(model)}")
        for file in model.files:
            _say(as_json, f"  SHA-256 {file.sha256}  {Path(file.path).name}")
    _say(as_json, "Compare the digests with those of whoever gave you the files.")
    _json(as_json, {"imported": [_row(model) for model in taken]})


@models.command("export")
@click.argument("names", nargs=-1)
@click.option("-o", "out", required=True, type=PATH, help="Folder to write, as on a stick.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def export_models(names: tuple[str, ...], out: Path, as_json: bool) -> None:
    """Copy models with their list into a folder for other machines; without names, all."""
    from ui.cli.models_progress import bar  # noqa: PLC0415
    from ui.models.bundle import export  # noqa: PLC0415

    with bar() as progress:
        done = export(_here(), names, out, progress)
    for model in done:
        _say(as_json, f"exported {_line(model)}")
    _say(as_json, f"On the other machine: aidpost models import {out}")
    _json(as_json, {"exported": [_row(model) for model in done], "folder": str(out)})


@models.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def verify(as_json: bool) -> None:
    """Read every model file again and compare its digest with the list."""
    from ui.cli.models_progress import bar  # noqa: PLC0415
    from ui.models.errors import ModelFilesError  # noqa: PLC0415

    with bar() as progress:
        found = _here().verify(progress)
    for one in found:
        _say(as_json, f"{one.state:<10} {one.file}")
    bad = [one for one in found if one.state not in {"ok", "unlisted"}]
    strays = [one for one in found if one.state == "unlisted"]
    if strays:
        _say(as_json, "Files that are not listed are never loaded; `import` them or delete them.")
    _json(as_json, {"sound": not bad, "files": [asdict(one) for one in found]})
    if bad:
        raise ModelFilesError(f"{len(bad)} of {len(found)} files are not what they were.")
    _say(as_json, f"{len(found) - len(strays)} files are what they were when they came.")


@models.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def remove(name: str, as_json: bool) -> None:
    """Delete a model from this machine."""
    from ui.models.disk import in_words  # noqa: PLC0415

    gone = _here().remove(name)
    _say(as_json, f"removed {gone.name}, {in_words(gone.size)}")
    _json(as_json, {"removed": gone.name})


@models.command()
@click.argument("name", required=False)
@click.option("--threads", type=click.IntRange(1, 256), help="Threads for it; see `recommend`.")
@click.option("--none", "nothing", is_flag=True, help="Use no model: quotes only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def use(name: str | None, threads: int | None, nothing: bool, as_json: bool) -> None:
    """Set the model that words the answers."""
    from ui.models.allowed import allowed_model  # noqa: PLC0415
    from ui.setting_file import use_model  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    if nothing == bool(name):
        raise click.UsageError("Give the name of a model, or --none.")
    home = load_settings()[0].home
    chosen = allowed_model(home, name).name if name else ""
    use_model(home, chosen, threads)
    said = f"{chosen} words the answers from the next start on" if chosen else "no model is used"
    _say(as_json, said)
    _json(as_json, {"model": chosen, "threads": threads})


def _here() -> "Models":
    from ui.models.allowed import models_of  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    return models_of(load_settings()[0].home)


def _row(model: "LockedModel") -> dict[str, Any]:
    return {**asdict(model), "date": model.date.isoformat(), "size": model.size}


def _line(model: "LockedModel") -> str:
    from ui.models.disk import in_words  # noqa: PLC0415

    source = f"{model.source} {model.revision[:12]}".strip()
    return f"{model.name}  {model.kind}  {in_words(model.size)}  from {source}, {model.date}"


def _about(entry: "Entry") -> dict[str, Any]:
    return {key: value for key, value in asdict(entry).items() if key != "shape"}


def _described(entry: "Entry") -> str:
    from ui.models.disk import in_words  # noqa: PLC0415

    size = next(iter(entry.quants.values()), entry.size_mb) + entry.projector_mb
    marks = [f"{in_words(size * 10**6)}", entry.tier, entry.licence]
    if entry.gated:
        marks.append("asks for its terms to be accepted")
    if not entry.confirmed:
        marks.append(f"NOT CONFIRMED: {entry.doubt}")
    if entry.blocked:
        marks.append("cannot be fetched")
    return f"{entry.name:<24} {entry.title} ({'; '.join(marks)})"


def _say(as_json: bool, line: str) -> None:
    if not as_json:
        click.echo(line)


def _json(as_json: bool, values: dict[str, Any]) -> None:
    if as_json:
        click.echo(dumps(values))
