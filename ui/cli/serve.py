"""`aidpost serve`: offer the assistant to the other desks of the clinic."""

import click

from ui.cli.jsonl import dumps


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0: the whole network.")
@click.option("--port", type=click.IntRange(0, 65535), default=8443, show_default=True)
@click.option("--name", "names", multiple=True, help="A further name by which desks reach it.")
@click.option("--processes", type=click.IntRange(0, 16), default=0, help="0: one for each core.")
@click.option("--insecure-plain-http", is_flag=True, help="Open to the network without TLS.")
@click.option("--log/--no-log", default=True, help="One line a request: no words, no paths.")
@click.pass_context
def serve(
    context: click.Context,
    /,
    host: str,
    port: int,
    names: tuple[str, ...],
    processes: int,
    **on: bool,
) -> None:
    """Serve other desks: a page, the command line's objects, and an OpenAI-compatible interface.

    Every desk needs a token (`aidpost serve token add NAME`). Without --host only this machine is
    served; for the network a certificate is needed (`aidpost serve ca`).
    """
    if context.invoked_subcommand is not None:
        return
    from ui.serve.running import ServePlan, token_book  # noqa: PLC0415
    from ui.serve.running import serve as run  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    settings, banners = load_settings()
    for banner in banners:
        click.echo(banner, err=True)
    if not token_book(settings.home).tokens():
        click.echo("No desk has a token yet: aidpost serve token add NAME", err=True)
    plan = ServePlan(host, port, on["insecure_plain_http"], names, processes, on["log"])
    run(settings, plan, lambda at: click.echo(f"Aidpost serves at {at} (Ctrl+C stops it)"))


@serve.group()
def token() -> None:
    """Tokens of desks: add, list, remove."""


@token.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def add(name: str, as_json: bool) -> None:
    """Make a token for a desk. It is shown this once and cannot be shown again."""
    from ui.serve.running import token_book  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    secret = token_book(load_settings()[0].home).add(name)
    click.echo(dumps({"name": name, "token": secret}) if as_json else secret)


@token.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_tokens(as_json: bool) -> None:
    """Name the desks that have a token, with the day it was made."""
    from ui.serve.running import token_book  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    known = token_book(load_settings()[0].home).tokens()
    if as_json:
        rows = [{"name": one.name, "created": one.created} for one in known]
        click.echo(dumps({"tokens": rows}))
        return
    for one in known:
        click.echo(f"{one.created}  {one.name}")


@token.command()
@click.argument("name")
def remove(name: str) -> None:
    """Shut a desk out; a running server knows at once."""
    from ui.serve.running import token_book  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    token_book(load_settings()[0].home).remove(name)
    click.echo(f"removed {name}")


@serve.group()
def ca() -> None:
    """The clinic's certificate authority: init, issue, show."""


@ca.command()
@click.option("--clinic", default="Aidpost clinic", show_default=True, help="Name of the clinic.")
def init(clinic: str) -> None:
    """Make the authority that desks will trust (ten years)."""
    from ui.serve.authority import Authority  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    authority = Authority(load_settings()[0].home)
    facts = authority.init(clinic)
    click.echo(f"Made {authority.ca_file}\nFingerprint (SHA-256): {facts.fingerprint}")
    click.echo(f"Keep {authority.ca_key_file.name} secret: who has it can pose as this server.")


@ca.command()
@click.argument("hosts", nargs=-1, required=True)
def issue(hosts: tuple[str, ...]) -> None:
    """Make the certificate of this server: its IP addresses and names, as desks type them."""
    from ui.serve.authority import Authority  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    facts = Authority(load_settings()[0].home).issue(hosts)
    click.echo(f"For {', '.join(facts.names)}, until {facts.ends:%Y-%m-%d}.")
    click.echo("A server that is running takes it when it is started again.")


@ca.command()
def show() -> None:
    """Show what there is: names, last days, fingerprints."""
    from ui.serve.authority import Authority  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    authority = Authority(load_settings()[0].home)
    known = authority.authority()
    click.echo(f"{authority.ca_file}\n  {known.subject}, until {known.ends:%Y-%m-%d}")
    click.echo(f"  SHA-256 {known.fingerprint}")
    facts = authority.server()
    names = ", ".join(facts.names)
    click.echo(f"{authority.certificate_file}\n  {names}, until {facts.ends:%Y-%m-%d}")
