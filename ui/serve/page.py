"""The page for desks: three small files, and the certificate to trust."""

from collections.abc import Callable, Mapping
from importlib import resources

_FILES = {
    "/": ("text/html; charset=utf-8", "desk.html"),
    "/desk.js": ("text/javascript; charset=utf-8", "desk.js"),
    "/desk.css": ("text/css; charset=utf-8", "desk.css"),
}


def files(ca_file: Callable[[], bytes]) -> Mapping[str, tuple[str, Callable[[], bytes]]]:
    """Path -> kind of content, and what gives it."""
    page = {path: (kind, _reader(name)) for path, (kind, name) in _FILES.items()}
    return {**page, "/ca.crt": ("application/x-x509-ca-cert", ca_file)}


def _reader(name: str) -> Callable[[], bytes]:
    return lambda: resources.files("ui.serve").joinpath("page_files", name).read_bytes()
