"""`aidpost kb pack keys` and `trust`: who signs packs, and whom this machine believes."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import click

from kb.messages import PRECEDENCE
from kb.packs.errors import PackError
from kb.packs.keys import PrivateKey, new_key, open_key, public_of
from kb.packs.trust import Root, TrustedKey, signed_by, write_root
from kb.packs.trust_store import add_root, load_trust, read_root_file
from ui.cli.jsonl import dumps

PATH = click.Path(path_type=Path)
HOLDERS = ("first holder", "second holder", "third holder")
THRESHOLD = 2
YEARS = 10
"""How long a root is good; it can be renewed before."""


@click.group()
def keys() -> None:
    """Keys of a publisher: three people hold one each, any two sign."""


@keys.command("new")
@click.argument("domain")
@click.option("-o", "out", required=True, type=PATH, help="An empty or new folder.")
@click.option("--holder", "holders", multiple=True, help="Who holds a key; once for each key.")
@click.option("--highest", type=click.Choice(PRECEDENCE), default="regional", show_default=True)
@click.option("--passphrase", is_flag=True, help="Ask for a passphrase for each key.")
@click.option("--json", "as_json", is_flag=True)
def new(
    domain: str,
    out: Path,
    holders: tuple[str, ...],
    highest: str,
    passphrase: bool,
    as_json: bool,
) -> None:
    """Make three keys and the list of trusted keys that goes with them."""
    made = _new_keys(out, holders or HOLDERS, ask=passphrase)
    root = Root(domain, 1, THRESHOLD, _in_years(YEARS), highest, _trusted(made))
    _write_root(out, root, [key for _, key in made], as_json)


@keys.command()
@click.argument("root_file", type=PATH)
@click.option("--key", "key_files", multiple=True, required=True, type=PATH, help="An old key.")
@click.option("-o", "out", required=True, type=PATH, help="An empty or new folder.")
@click.option("--holder", "holders", multiple=True, help="Who holds a key; once for each key.")
@click.option("--passphrase", is_flag=True, help="Ask for the passphrases.")
@click.option("--json", "as_json", is_flag=True)
def renew(
    root_file: Path,
    key_files: tuple[Path, ...],
    out: Path,
    holders: tuple[str, ...],
    passphrase: bool,
    as_json: bool,
) -> None:
    """Replace all keys of a domain by new ones; two of the old keys must agree."""
    old = read_root_file(root_file).root
    agreeing = [read_key(file, ask=passphrase) for file in key_files]
    made = _new_keys(out, holders or [key.holder for key in old.keys], ask=passphrase)
    root = Root(
        old.domain, old.version + 1, old.threshold, _in_years(YEARS), old.highest, _trusted(made)
    )
    _write_root(out, root, [*agreeing, *(key for _, key in made)], as_json)


@click.group()
def trust() -> None:
    """Whose packs this machine accepts."""


@trust.command("add")
@click.argument("root_file", type=PATH)
@click.option("--yes", is_flag=True, help="The ids of the keys were compared already.")
@click.option("--json", "as_json", is_flag=True)
def add_trust(root_file: Path, yes: bool, as_json: bool) -> None:
    """Accept packs of a publisher, after comparing the ids of its keys."""
    signed = read_root_file(root_file)
    if not yes:
        click.echo(_described(signed.root), err=True)
        click.confirm("Are these the ids that the publisher told you?", abort=True, err=True)
    root = add_root(_trust_folder(), signed)
    click.echo(dumps(_row(root)) if as_json else f"packs of {root.domain} are accepted")


@trust.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_trust(as_json: bool) -> None:
    """List the publishers whose packs are accepted."""
    roots = load_trust(_trust_folder()).roots
    if as_json:
        click.echo(dumps({"trusted": [_row(root) for root in roots]}))
    else:
        click.echo("\n".join(_described(root) for root in roots) or "No publisher is trusted yet.")


def read_key(path: Path, *, ask: bool) -> PrivateKey:
    """The private key in a file.

    Raises:
        PackError: it is none, or its passphrase is wrong.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise PackError(message) from error
    words = click.prompt(f"Passphrase of {path.name}", hide_input=True, err=True) if ask else ""
    return open_key(data, words.encode() or None)


def _new_keys(out: Path, holders: Sequence[str], *, ask: bool) -> list[tuple[str, PrivateKey]]:
    """New keys by their holders, each in a file that only this user can read."""
    if len(holders) < THRESHOLD + 1:
        message = f"At least {THRESHOLD + 1} people must hold a key, so that one can be lost."
        raise PackError(message)
    made = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for number, holder in enumerate(holders, 1):
            words = _new_passphrase(holder) if ask else None
            data = new_key(words)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(out / f"key-{number}.key", flags, 0o600), "wb") as file:
                file.write(data)
            made.append((holder, open_key(data, words)))
    except OSError as error:
        message = f"The keys cannot be written to {out.name}: {error.strerror}."
        raise PackError(message) from error
    return made


def _new_passphrase(holder: str) -> bytes:
    asked = f"New passphrase for {holder}"
    words: str = click.prompt(asked, hide_input=True, confirmation_prompt=True, err=True)
    return words.encode()


def _trusted(made: Sequence[tuple[str, PrivateKey]]) -> tuple[TrustedKey, ...]:
    return tuple(TrustedKey(public_of(key).hex(), holder) for holder, key in made)


def _write_root(out: Path, root: Root, signers: Sequence[PrivateKey], as_json: bool) -> None:
    path = out / f"{root.domain}.root.json"
    path.write_bytes(write_root(signed_by(root, signers)))
    read_root_file(path)
    click.echo(dumps({**_row(root), "root": str(path)}) if as_json else _described(root))
    click.echo("Give each holder one .key file and keep no copy here.", err=True)


def _row(root: Root) -> dict[str, object]:
    keys = [{"id": key.id, "holder": key.holder} for key in root.keys]
    return {**asdict(root), "expires": root.expires.isoformat(), "keys": keys}


def _described(root: Root) -> str:
    lines = [f"{key.id}  {key.holder}" for key in root.keys]
    head = (
        f"{root.domain}, version {root.version}: any {root.threshold} of these keys,"
        f" rank {root.highest} at most, until {root.expires}"
    )
    return "\n".join([head, *lines])


def _in_years(years: int) -> date:
    today = datetime.now(UTC).date()
    return today.replace(year=today.year + years, day=min(today.day, 28))


def _trust_folder() -> Path:
    from ui.settings import load_settings  # noqa: PLC0415

    return load_settings()[0].home / "packs" / "trust"
