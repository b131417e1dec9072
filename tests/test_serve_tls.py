"""TLS of the clinic server: who trusts whom, and that nothing is open to the network without it."""

import http.client
import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest

from assistant.writing.remote_address import read_address
from assistant.writing.remote_errors import RemoteRefused
from assistant.writing.remote_http import Exchange
from assistant.writing.remote_options import RemoteOptions
from assistant.writing.remote_request import Call
from tests.fakes_serve import command, started
from ui.serve.authority import Authority
from ui.serve.certificates import Pair, new_server
from ui.serve.running import token_book


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    home = tmp_path_factory.mktemp("tls") / "home"
    assert command(home, "serve", "ca", "init", "--clinic", "Test clinic").returncode == 0
    done = command(home, "serve", "ca", "issue", "127.0.0.1", "clinic.local")
    assert "127.0.0.1" in done.stdout
    return home


@pytest.fixture(scope="module")
def server(clinic):
    with started(clinic, "--host", "0.0.0.0", "--processes", "1") as running:
        yield running


def fetch(port: int, context: ssl.SSLContext, name: str = "127.0.0.1") -> tuple[int, bytes]:
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    connection.connect()
    connection.request("GET", "/api/v1/health", headers={"Host": f"{name}:{port}"})
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


def trusting(home) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(Authority(home).ca_file))


def test_a_desk_that_trusts_the_clinic_is_served(server, clinic) -> None:
    assert fetch(server.port, trusting(clinic)) == (200, b'{"status": "ok"}')
    assert fetch(server.port, trusting(clinic), "clinic.local")[0] == 200
    assert fetch(server.port, trusting(clinic), "other.local")[0] == 421


def test_a_desk_that_does_not_know_the_clinic_turns_away(server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch(server.port, ssl.create_default_context())


def test_old_tls_is_refused(server) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        fetch(server.port, context)


def test_plain_http_gets_nothing_from_a_tls_port(server) -> None:
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        server.ask("/api/v1/health")


def test_the_remote_door_can_trust_the_clinic_too(server, clinic) -> None:
    token = token_book(clinic).add("other desk")
    options = RemoteOptions("", key=token, ca_file=str(Authority(clinic).ca_file))
    address = read_address(f"https://127.0.0.1:{server.port}")
    for trusted in (True, False):
        used = options if trusted else RemoteOptions("", key=token)
        exchange = Exchange(Call(address, used, "/models"))
        heard = exchange.hear(20)
        exchange.end()
        if trusted:
            assert json.loads(heard)["data"][0]["id"] == "aidpost"
        else:
            assert isinstance(heard, RemoteRefused)
            assert "cannot prove who it is" in str(heard)


def test_a_certificate_for_another_name_or_an_ended_one_is_seen_by_the_desk(
    clinic, tmp_path
) -> None:
    authority = Authority(clinic)
    signer = Pair(authority.ca_file.read_bytes(), authority.ca_key_file.read_bytes())
    now = datetime.now(tz=UTC)
    made = new_server(signer, ["elsewhere.local"], now)
    home = tmp_path / "other"
    other = Authority(home)
    other.init("Other")
    for path, data in ((other.certificate_file, made.certificate), (other.key_file, made.key)):
        path.write_bytes(data)
    with (
        started(home, "--host", "0.0.0.0", "--processes", "1") as running,
        pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"),
    ):
        fetch(running.port, trusting(clinic))
    late = Authority(home, lambda: now + timedelta(days=900))
    with pytest.raises(Exception, match="holds from"):
        late.usable()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_without_a_certificate_the_network_is_not_served(tmp_path, host) -> None:
    done = command(tmp_path / "home", "serve", "--host", host, "--port", "0")
    assert done.returncode == 1
    assert "ca init" in done.stderr
    assert "--insecure-plain-http" in done.stderr
    assert "Traceback" not in done.stderr


def test_plain_http_has_to_be_typed_out(tmp_path) -> None:
    home = tmp_path / "home"
    token = token_book(home).add("desk")
    arguments = ("--host", "0.0.0.0", "--insecure-plain-http", "--name", "clinic.local")
    with started(home, *arguments, "--processes", "1") as running:
        assert running.ask("/v1/models", None, token)[0] == 200
        host = {"Host": f"clinic.local:{running.port}"}
        assert running.ask("/v1/models", None, token, **host)[0] == 200
        assert running.ask("/v1/models", None, token, Host="evil.example")[0] == 421


def test_a_taken_port_and_a_damaged_library_are_told_in_words(server, tmp_path) -> None:
    taken = command(tmp_path / "a", "serve", "--port", str(server.port))
    assert (taken.returncode, "cannot listen" in taken.stderr) == (1, True)
    home = tmp_path / "b"
    home.mkdir()
    (home / "library.db").write_bytes(b"nonsense" * 1000)
    damaged = command(home, "serve", "--port", "0")
    assert damaged.returncode == 1
    assert "Traceback" not in damaged.stderr
    assert "aidpost: " in damaged.stderr
