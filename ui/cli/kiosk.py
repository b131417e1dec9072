"""`aidpost kiosk`: the full-screen page for the bedside."""

from dataclasses import replace

import click

LANGUAGES = ("en", "fr", "es", "sw", "hi", "ar")


@click.command()
@click.option("--port", type=click.IntRange(1024, 65535), default=7870, show_default=True)
@click.option("--no-browser", is_flag=True, help="Do not open a browser window.")
@click.option("--lang", type=click.Choice(LANGUAGES), default=None, help="Language of the screen.")
def kiosk(port: int, no_browser: bool, lang: str | None) -> None:
    """Serve the kiosk on this machine until it is stopped."""
    from ui.kiosk.server import serve  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    settings, banners = load_settings()
    for banner in banners:
        click.echo(banner, err=True)
    serve(replace(settings, port=port), open_browser=not no_browser, language=lang or "")


@click.command("kiosk")
@click.option("--resets", type=click.IntRange(10, 1_000_000), default=1000, show_default=True)
def exam_kiosk(resets: int) -> None:
    """Many patients one after another: growth of memory, and whether one sees another's words."""
    from ui.cli.jsonl import dumps  # noqa: PLC0415
    from ui.kiosk.server import open_parts  # noqa: PLC0415
    from ui.kiosk.soak import soak, soaked  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.wiring import open_desk  # noqa: PLC0415

    desk = open_desk(load_settings()[0])
    try:
        parts, recogniser = open_parts(desk)
        try:
            click.echo(dumps(soak(soaked(parts), resets)))
        finally:
            if recogniser is not None:
                recogniser.close()
    finally:
        desk.close()
