"""`aidpost kb`: add, list, show, search, remove and verify what may be quoted."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from kb.incoming import Added
from kb.library import Library
from kb.messages import Hit
from kb.text import clean
from ui.cli.jsonl import dumps, requests, unknown_keys
from ui.cli.packs import pack

KEYS = {"id", "query", "k"}
MOST_HITS = 100


@contextmanager
def _library() -> Iterator[Library]:
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.wiring import open_library  # noqa: PLC0415

    settings, banners = load_settings()
    for banner in banners:
        click.echo(banner, err=True)
    library = open_library(settings)
    try:
        yield library
    finally:
        library.close()


@click.group()
def kb() -> None:
    """The library: what the assistant may quote."""


kb.add_command(pack)


@kb.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--json", "as_json", is_flag=True)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that read at the same time; more than one needs Dask.",
)
@click.option("--scheduler", default="", help="A Dask scheduler whose machines read instead.")
def add(paths: tuple[str, ...], as_json: bool, workers: int, scheduler: str) -> None:
    """Add files or folders: PDF, Word, Excel, EPUB, HTML, XML, text, pictures.

    Ctrl-C stops it; what is done stays, and the same command goes on from there.
    """
    if not all(map(str.strip, paths)):
        # An empty word is most often a name that a script failed to fill in, not this folder.
        raise click.UsageError("Name a file or a folder; an empty name is neither.")
    files = [file for path in paths for file in _files(Path(path))]
    found, stopped = _add(files, workers, scheduler)
    refused = [{"file": one.path.name, "reason": one.reason} for one in found if not one.document]
    documents = {one.document.id: (one.document, one.new) for one in found if one.document}
    if as_json:
        added = [asdict(document) for document, _ in documents.values()]
        click.echo(dumps({"added": added, "refused": refused, "stopped": stopped}))
    else:
        for document, new in documents.values():
            click.echo(f"{'added' if new else 'already there'} {document.id}: {document.title}")
        for entry in refused:
            click.echo(f"not added {entry['file']}: {entry['reason']}", err=True)
    if stopped:
        done = f"Stopped after {len(found)} of {len(files)} files. Run the same command to go on."
        click.echo(done, err=True)
    if stopped or (refused and not documents):
        sys.exit(1)


def _add(files: list[Path], workers: int, scheduler: str) -> tuple[list[Added], bool]:
    """Add files with a bar on the terminal; whether it was stopped before the end."""
    from ui.cli.district import adding as adding_with  # noqa: PLC0415 - only when files are added

    found: list[Added] = []
    bar = click.progressbar(
        length=len(files), label="Adding", file=sys.stderr, item_show_func=lambda shown: shown
    )
    teller = _Teller(bar.update)
    told = map(teller.file, files)
    with (
        _library() as library,
        bar,
        adding_with(library, told, teller.page, workers, scheduler) as adding,
    ):
        try:
            for one in adding:
                found.append(one)
                bar.update(1)
        except KeyboardInterrupt:
            adding.close()
            return found, True
    return found, False


class _Teller:
    """Shows beside the bar which file, and of a scan which page, is being read."""

    def __init__(self, update: Callable[[int, str], None]) -> None:
        self._update = update
        self._name = ""

    def file(self, path: Path) -> Path:
        self._name = path.name
        self._update(0, self._name)
        return path

    def page(self, done: int, of: int) -> None:
        self._update(0, f"{self._name}: page {done} of {of}")


@kb.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_documents(as_json: bool) -> None:
    """List all documents."""
    with _library() as library:
        documents = library.documents()
    if as_json:
        click.echo(dumps({"documents": [asdict(document) for document in documents]}))
        return
    for document in documents:
        click.echo(f"{document.id}\t{document.title}\t{document.status}")


@kb.command()
@click.argument("identity")
@click.option("--json", "as_json", is_flag=True)
def show(identity: str, as_json: bool) -> None:
    """Show a document or a passage (an id with #) with its sources."""
    identity = clean(identity)
    with _library() as library:
        if "#" in identity:
            passage = library.passage(identity)
            click.echo(dumps(asdict(passage)) if as_json else passage.text)
            return
        document, text = library.document(identity), library.text(identity)
    if as_json:
        click.echo(dumps({**asdict(document), "text": text}))
        return
    click.echo(f"{document.title}\n{document.status}\n\n{text}")
    for source in document.sources:
        click.echo(
            f"[{source.id}] {source.title}, {source.publisher}, {source.year}, {source.section}"
        )


@kb.command()
@click.argument("text", nargs=-1)
@click.option("-k", "k", type=click.IntRange(1, MOST_HITS), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.option("--jsonl", is_flag=True, help="One request a line on stdin, one result a line.")
def search(text: tuple[str, ...], k: int, as_json: bool, jsonl: bool) -> None:
    """Find passages."""
    if not text and not jsonl:
        raise click.UsageError("Type what to look for, or give --jsonl and requests on stdin.")
    with _library() as library:
        if jsonl:
            requests(lambda request: _serve(library, request))
            return
        hits = library.search(" ".join(text), k)
    if as_json:
        click.echo(dumps({"hits": [_hit(hit) for hit in hits]}))
        return
    for hit in hits:
        click.echo(f"{hit.score:.2f}  {hit.passage.id}  {hit.passage.title}\n{hit.passage.text}\n")


@kb.command()
@click.argument("identity")
@click.option("--json", "as_json", is_flag=True)
def remove(identity: str, as_json: bool) -> None:
    """Remove a document that was added on this machine."""
    identity = clean(identity)
    with _library() as library:
        library.remove(identity)
    click.echo(dumps({"removed": identity}) if as_json else f"removed {identity}")


@kb.command()
@click.option("--json", "as_json", is_flag=True)
def verify(as_json: bool) -> None:
    """Check every page, digest and span of the library."""
    with _library() as library:
        problems = library.verify()
    if as_json:
        click.echo(dumps({"problems": [asdict(problem) for problem in problems]}))
    else:
        for problem in problems:
            click.echo(f"{problem.where}: {problem.what}")
        click.echo(f"{len(problems)} problems" if problems else "The library is sound.")
    sys.exit(1 if problems else 0)


@kb.command()
@click.option("--json", "as_json", is_flag=True)
def reindex(as_json: bool) -> None:
    """Compute the index of meanings anew."""
    with _library() as library:
        count = library.reindex()
    click.echo(dumps({"passages": count}) if as_json else f"{count} passages")


def _serve(library: Library, request: dict[str, Any]) -> dict[str, Any]:
    k = request.get("k", 10)
    k = k if isinstance(k, int) and 1 <= k <= MOST_HITS else 10
    hits = library.search(str(request.get("query") or ""), k)
    return {"hits": [_hit(hit) for hit in hits], "warnings": unknown_keys(request, KEYS)}


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "passage": hit.passage.id,
        "score": round(hit.score, 4),
        "title": hit.passage.title,
        "section": " > ".join(hit.passage.section),
        "page": hit.passage.page,
        "text": hit.passage.text,
    }


def _files(path: Path) -> list[Path]:
    """The file, or all files of the folder; a folder that cannot be opened is told and left out."""
    if not _is(path.is_dir):
        return [path]
    inside = os.walk(path, onerror=_tell_closed)
    found = (Path(folder) / name for folder, _, names in inside for name in names)
    return sorted(file for file in found if _is(file.is_file))


def _is(kind: Callable[[], bool]) -> bool:
    """What a path is; nothing where it cannot be looked at."""
    try:
        return kind()
    except OSError:
        return False


def _tell_closed(error: OSError) -> None:
    click.echo(f"not opened {error.filename}: {error.strerror}", err=True)
