"""Settings: defaults, the file, and every way it can be wrong."""

import pytest

from ui.network_watch import outside, watch_network
from ui.settings import load_settings


def write(home, text):
    home.mkdir(parents=True, exist_ok=True)
    (home / "aidpost.toml").write_bytes(text if isinstance(text, bytes) else text.encode())


def test_defaults_live_under_the_home(home):
    settings, banners = load_settings()
    assert settings.home == home
    assert settings.library_path == home / "library.db"
    assert settings.port == 7860
    assert banners == ()


def test_the_file_is_read(home):
    write(home, 'port = 8080\nmodel = "m.gguf"\nthreads = 3\n')
    settings, banners = load_settings()
    assert (settings.port, settings.model, settings.threads) == (8080, "m.gguf", 3)
    assert banners == ()


@pytest.mark.parametrize("text", ["port = ", b"\xff\xfe\x00", "[[[", "a = 1\na = 2"])
def test_a_broken_file_starts_on_defaults_and_says_so(home, text):
    write(home, text)
    settings, banners = load_settings()
    assert settings.port == 7860
    assert "cannot be read" in banners[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour = 1", "not known"),
        ('host = "0.0.0.0"', "not known"),
        ('port = "x"', "must be a number"),
        ("port = true", "must be a number"),
        ("port = 80", "1024 to 65535"),
        ("model = 3", "must be a text"),
    ],
)
def test_a_wrong_setting_is_named_and_left_out(home, text, says):
    write(home, text)
    settings, banners = load_settings()
    assert (settings.port, settings.host, settings.model) == (7860, "127.0.0.1", "")
    assert says in banners[0]


def test_the_watch_sees_names_and_addresses():
    import socket

    seen = []
    watch_network(seen)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
    assert any("socket.bind" in line for line in seen)
    assert outside(seen) == []
    assert outside(["socket.connect ('192.0.2.1', 443)"]) != []
