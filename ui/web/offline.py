"""Keeps the web toolkit on this machine: no analytics, no look-ups, no foreign address served.

The toolkit's scripts and styles name hosts for features that are not used here. Whatever is served
as text passes through `scrub`, which takes every foreign host out, so that not even a mistake could
ask one.
"""

import os
import re

ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "GRADIO_RUN_HISTORY": "False",  # questions would be kept in the browser
}
NAMESPACES = ("www.w3.org",)
"""Names inside standard identifiers (SVG, XHTML); identifiers are compared, never fetched."""
NOWHERE = "offline:"
"""Stands in the place of a foreign scheme and host; no browser can fetch it."""
_FOREIGN = re.compile(
    rb"(?:https?:|wss?:)(?:\\?/){2}"
    rb"(?!(?:127\.0\.0\.1|localhost|\[::1\]|www\.w3\.org)[:/\"'`\\\s)])"
    rb"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?::\d+)?"
)


def go_offline() -> None:
    """Set what the toolkit reads when it is imported; must run before that."""
    os.environ.update(ENVIRONMENT)


def scrub(body: bytes) -> bytes:
    """The same text without any foreign host."""
    return _FOREIGN.sub(NOWHERE.encode(), body)


def foreign_hosts(body: bytes) -> list[str]:
    """Foreign addresses that a text names."""
    return [match.decode(errors="replace") for match in _FOREIGN.findall(body)]
