"""`aidpost` without a command: the desktop app."""

from dataclasses import replace

import click


def run_app(port: int | None, *, open_browser: bool) -> None:
    """Serve the app on this machine until it is stopped."""
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.web.server import serve  # noqa: PLC0415

    settings, banners = load_settings()
    if port is not None:
        settings = replace(settings, port=port)
    for banner in banners:
        click.echo(banner, err=True)
    serve(settings, banners, open_browser=open_browser)
