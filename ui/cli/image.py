"""`aidpost image`: what image models say of a picture, heads, the atlas, wounds. Off by default."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.cli.image_wound import wound
from ui.cli.jsonl import dumps

if TYPE_CHECKING:
    from assistant.vision.evidence import Evidence
    from ui.settings import Settings
    from ui.vision_images import Eyes
    from ui.vision_images_files import OpenedFile

_FILE = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
STATUS = "Not a diagnosis; not a device cleared by any regulator."


class _ImageGroup(click.Group):
    """`aidpost image FILE` means `aidpost image show FILE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = next((one for one in args if not one.startswith("-")), None)
        if first is not None and first not in self.commands:
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ImageGroup)
def image() -> None:
    """What image models say of a picture. Off by default; not a diagnosis; not a cleared device."""


image.add_command(wound)


@image.command()
def on() -> None:
    """Switch image analysis on."""
    _switch(on=True)
    click.echo(f"Image analysis is on. {STATUS}")


@image.command()
def off() -> None:
    """Switch image analysis off."""
    _switch(on=False)
    click.echo("Image analysis is off.")


@image.command()
@click.argument("path", type=_FILE)
@click.option("--window", type=(float, float), help="DICOM: centre and width of the values shown.")
@click.option("--save", "out", type=click.Path(path_type=Path), help="Write what is seen as PNG.")
@click.option("--model", "with_model", is_flag=True, help="Also ask the model that sees.")
@_JSON
def show(
    path: Path,
    window: tuple[float, float] | None,
    out: Path | None,
    with_model: bool,
    as_json: bool,
) -> None:
    """Look at a picture, a DICOM file, or a folder of DICOM files."""
    from ui.vision_images import open_eyes  # noqa: PLC0415
    from ui.vision_images_files import PictureFiles, dicom_files, small_png  # noqa: PLC0415

    settings = _settings()
    eyes = open_eyes(settings)
    told: list[dict[str, Any]] = []
    with PictureFiles() as files:
        for one in dicom_files(path) if path.is_dir() else [path]:
            opened = files.open(one, window)
            found = _seen(settings, eyes, opened, with_model=with_model)
            told.append(_told(one, opened, found))
            if out is not None:
                out.write_bytes(small_png(opened.pixels))
            if not as_json:
                _write(one, opened, found)
    for note in eyes.notes:
        click.echo(note, err=True)
    if as_json:
        single = told[0] if not path.is_dir() else {"files": told}
        click.echo(dumps({**single, "warnings": list(eyes.notes)}))


def _seen(
    settings: "Settings", eyes: "Eyes", opened: "OpenedFile", *, with_model: bool
) -> "Evidence":
    """What is said of an opened picture, where wanted also by the model that sees."""
    from assistant.vision.evidence import evidence  # noqa: PLC0415
    from ui.vision_images import look  # noqa: PLC0415

    looked = look(settings, eyes, opened.pixels)
    found, note = evidence(looked), ""
    if with_model:
        from ui.vision_vlm import files_of, heard_too  # noqa: PLC0415 - loads a language model

        files_of(settings)
        found, note = heard_too(settings, found, looked, opened.pixels)
    if note:
        click.echo(note, err=True)
    return found


@image.command()
@click.argument("folder", type=_FOLDER)
@click.option("--find", "positive", default="", help="The label to find; else each against others.")
@click.option("--source", required=True, help="Where the pictures came from, with their licence.")
@click.option("--sensitivity", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True)
@_JSON
def train(folder: Path, positive: str, source: str, sensitivity: float, as_json: bool) -> None:
    """Train a head: FOLDER holds a folder of pictures for each label, and may hold groups.csv."""
    from ui.vision_images import HEADS, check_on, open_image_encoder  # noqa: PLC0415
    from ui.vision_images_train import save_head, see_folder, train_folder  # noqa: PLC0415

    settings = _settings()
    check_on(settings)
    encoder = open_image_encoder(settings)
    data = see_folder(folder, encoder, _tell)
    heads = train_folder(data, (encoder.name, source), positive, sensitivity)
    for head, _ in heads:
        save_head(head, settings.home / HEADS)
    reports = [{"finding": head.about.finding, **report.to_json()} for head, report in heads]
    if as_json:
        click.echo(
            dumps({"encoder": encoder.name, "heads": reports, "skipped": list(data.skipped)})
        )
        return
    for skipped in data.skipped:
        click.echo(skipped, err=True)
    for report in reports:
        click.echo(_figures(report))
    click.echo(STATUS)


@image.group()
def atlas() -> None:
    """Pictures with a known label, kept encrypted and with consent, to find similar ones."""


@atlas.command("add")
@click.argument("paths", type=_FILE, nargs=-1, required=True)
@click.option("--label", required=True, help="What the pictures show.")
@click.option("--source", required=True, help="Where they come from.")
@click.option("--consent", required=True, help="Who agreed, when, and where that is written down.")
@_JSON
def add(paths: tuple[Path, ...], label: str, source: str, consent: str, as_json: bool) -> None:
    """Add pictures of one label."""
    from assistant.vision.atlas import Entry, Picture, check, identity_of  # noqa: PLC0415
    from ui.vision_images import check_on, open_atlas, open_image_encoder  # noqa: PLC0415
    from ui.vision_images_files import PictureFiles, small_png  # noqa: PLC0415

    settings = _settings()
    check_on(settings)
    check(Entry("", label, source, consent))
    encoder = open_image_encoder(settings)
    pictures = []
    with PictureFiles() as files:
        for path in paths:
            opened = files.open(path)
            entry = Entry(identity_of(opened.data), label, source, consent)
            vector = encoder.see(opened.pixels)
            pictures.append(Picture(entry, small_png(opened.pixels), vector))
    with open_atlas(settings, encoder.name) as kept:
        kept.add(pictures)
    added = [picture.entry.id for picture in pictures]
    click.echo(dumps({"added": added}) if as_json else f"{len(added)} pictures added as “{label}”.")


@atlas.command("list")
@_JSON
def entries(as_json: bool) -> None:
    """List all pictures with label, source and consent."""
    from ui.vision_images import check_on, open_atlas, open_image_encoder  # noqa: PLC0415

    settings = _settings()
    check_on(settings)
    with open_atlas(settings, open_image_encoder(settings).name) as kept:
        found = kept.entries()
    if as_json:
        click.echo(dumps({"pictures": [asdict(one) for one in found]}))
        return
    for one in found:
        click.echo(f"{one.id[:12]}  {one.label}  ({one.source}; consent: {one.consent})")
    click.echo(f"{len(found)} pictures")


@atlas.command()
@click.argument("identity")
@_JSON
def remove(identity: str, as_json: bool) -> None:
    """Delete a picture, as when consent is withdrawn; the beginning of its id is enough."""
    from ui.vision_images import check_on, open_atlas, open_image_encoder  # noqa: PLC0415

    settings = _settings()
    check_on(settings)
    with open_atlas(settings, open_image_encoder(settings).name) as kept:
        gone = kept.remove(identity)
    click.echo(dumps({"removed": gone.id}) if as_json else f"removed {gone.id[:12]} {gone.label}")


@atlas.command()
@click.argument("path", type=_FILE)
@click.option("-k", type=click.IntRange(1, 100), default=5, show_default=True)
@_JSON
def search(path: Path, k: int, as_json: bool) -> None:
    """Find the pictures most similar to one."""
    from ui.vision_images import check_on, open_atlas, open_image_encoder  # noqa: PLC0415
    from ui.vision_images_files import PictureFiles  # noqa: PLC0415

    settings = _settings()
    check_on(settings)
    encoder = open_image_encoder(settings)
    with PictureFiles() as files:
        vector = encoder.see(files.open(path).pixels)
    with open_atlas(settings, encoder.name) as kept:
        near = kept.search(vector, k)
    rows = [{**asdict(one.entry), "likeness": round(one.cosine, 4)} for one in near]
    if as_json:
        click.echo(dumps({"near": rows, "status": STATUS}))
        return
    for row in rows:
        click.echo(f"{row['likeness']:.3f}  {row['label']}  ({row['source']})")
    click.echo(STATUS if rows else "The atlas is empty.")


def _settings() -> Any:  # noqa: ANN401 - loaded late
    from ui.settings import load_settings  # noqa: PLC0415

    return load_settings()[0]


def _switch(*, on: bool) -> None:
    from ui.vision_images import switch  # noqa: PLC0415

    switch(_settings(), on=on)


def _tell(done: int, whole: int) -> None:
    """Say on stderr how far it is, ten times."""
    if whole and done and done % max(1, whole // 10) == 0:
        click.echo(f"{done} of {whole} pictures", err=True)


def _told(path: Path, opened: "OpenedFile", found: "Evidence") -> dict[str, Any]:
    more = {"tags": opened.tags, "hidden_tags": opened.hidden} if opened.tags else {}
    return {"file": path.name, **found.to_json(), "notes": list(opened.notes), **more}


def _write(path: Path, opened: "OpenedFile", found: "Evidence") -> None:
    click.echo(f"{path.name}, by an image model ({found.encoder}):")
    for line in (found.reason, *found.sentences, *opened.notes):
        if line:
            click.echo(f"  {line}")
    shown = ", ".join(f"{key} {value}" for key, value in opened.tags.items())
    if shown:
        click.echo(f"  {shown}; {opened.hidden} tags hidden")
    click.echo(f"  {found.status}")


def _figures(report: dict[str, Any]) -> str:
    return (
        f"{report['finding']}: area under the curve {report['auc']:.3f}"
        f" ({report['low']:.3f} to {report['high']:.3f}) on {report['pictures']} pictures, each"
        f" judged by a head that had not seen it; called from {report['threshold']:.2f} on:"
        f" sensitivity {report['sensitivity']:.3f}, specificity {report['specificity']:.3f};"
        f" calibration error {report['calibration_error']:.3f}"
    )
