"""`aidpost models pull`: the one command that fetches something from the network."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.cli.jsonl import dumps

if TYPE_CHECKING:
    from ui.models.pull import Wanted

ADDRESS = "HF_ENDPOINT"
TOKEN = "HF_TOKEN"  # noqa: S105 - the name of a variable
KIND = click.Choice(["chat", "speech", "voice", "translation", "image-encoder", "text-encoder"])
_LONGEST_TOKEN = 500


@click.command()
@click.argument("name")
@click.option("--quant", default="", help="Quantization, such as Q4_K_M; else the standard one.")
@click.option("--text-only", is_flag=True, help="Without the part that lets a chat model see.")
@click.option("--file", "patterns", multiple=True, help="With OWNER/NAME: pattern of a file.")
@click.option("--kind", type=KIND, default="chat", show_default=True, help="With OWNER/NAME.")
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit.")
@click.option("--token-file", type=click.Path(path_type=Path), help=f"Token; else {TOKEN}.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def pull(  # noqa: PLR0913, PLR0917 - the options of a command
    name: str,
    quant: str,
    text_only: bool,
    patterns: tuple[str, ...],
    kind: str,
    revision: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Fetch a model of the catalogue, or of a repository as OWNER/NAME with --file.

    What was fetched is kept when the connection fails: the same command goes on from there. Every
    file has to have the digest that the hub declares. HF_ENDPOINT sets another hub.
    """
    from ui.cli.models_progress import bar  # noqa: PLC0415
    from ui.models.allowed import models_of  # noqa: PLC0415
    from ui.models.hub import STANDARD, Hub  # noqa: PLC0415 - only here is there a network
    from ui.models.pull import Pull  # noqa: PLC0415
    from ui.models.transport import HttpTransport  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    wanted = (
        _from_repository(name, kind, patterns, revision)
        if "/" in name
        else _from_catalogue(name, quant, revision, text_only=text_only)
    )
    hub = Hub(HttpTransport(), os.environ.get(ADDRESS) or STANDARD, read_token(token_file))
    click.echo(f"Fetching {wanted.repository} from {hub.address}.", err=True)
    click.echo(f"Licence: {wanted.licence or 'as the repository says'}.", err=True)
    with bar() as progress:
        model = Pull(models_of(load_settings()[0].home), hub, progress).run(wanted)
    if as_json:
        files = {file.path: file.sha256 for file in model.files}
        click.echo(dumps({"pulled": model.name, "revision": model.revision, "files": files}))
        return
    click.echo(f"{model.name} is here, checked, and listed.")
    if model.kind == "chat":
        click.echo(f"To use it: aidpost models use {model.name}")


def read_token(path: Path | None) -> str:
    """The token of the person; empty where there is none.

    Raises:
        ModelFilesError: the file cannot be read, or holds no token.
    """
    from ui.models.errors import ModelFilesError  # noqa: PLC0415

    if path is None:
        return _checked(os.environ.get(TOKEN, ""), TOKEN)
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LONGEST_TOKEN + 2)
    except (OSError, UnicodeDecodeError) as error:
        raise ModelFilesError(f"The file with the token, {path}, cannot be read.") from error
    return _checked(text, str(path))


def _checked(text: str, where: str) -> str:
    from ui.models.errors import ModelFilesError  # noqa: PLC0415

    token = text.strip()
    if len(token) > _LONGEST_TOKEN or not token.isascii() or any(c.isspace() for c in token):
        raise ModelFilesError(f"What is in {where} is not a token.")
    return token


def _from_catalogue(name: str, quant: str, revision: str, *, text_only: bool) -> "Wanted":
    from ui.models.catalogue import entry  # noqa: PLC0415
    from ui.models.errors import ModelFilesError  # noqa: PLC0415
    from ui.models.pull import Wanted  # noqa: PLC0415

    found = entry(name)
    if found.blocked:
        raise ModelFilesError(f"{found.name} cannot be fetched: {found.blocked}.")
    chosen = found.quant(quant)
    return Wanted(
        f"{name}-{chosen.casefold()}" if chosen else name,
        found.kind,
        found.repository,
        revision,
        found.patterns(chosen, with_projector=not text_only),
        found.licence,
        chosen,
    )


def _from_repository(name: str, kind: str, patterns: tuple[str, ...], revision: str) -> "Wanted":
    from ui.models.catalogue import is_repository  # noqa: PLC0415
    from ui.models.errors import UnknownModel  # noqa: PLC0415
    from ui.models.pull import Wanted  # noqa: PLC0415

    if not is_repository(name):
        raise UnknownModel(f"“{name}” is not the name of a repository, as OWNER/NAME.")
    if not patterns:
        raise click.UsageError("Say which files with --file, once for each; * fits anything.")
    roles = tuple((pattern, _role(kind, pattern)) for pattern in patterns)
    return Wanted(name.split("/")[1].casefold(), kind, name, revision, roles)


def _role(kind: str, pattern: str) -> str:
    if kind != "chat":
        return "part"
    return "projector" if "mmproj" in pattern.casefold() else "model"
