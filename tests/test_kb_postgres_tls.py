"""The connection to a server of another machine is encrypted, and the server's name is checked."""

import datetime as dt
import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from postgres_server import USER, Server, started

from kb.postgres import PostgresStore
from kb.postgres_errors import LibraryServerError

HOST = "127.0.0.1"
OF_MINE = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


def certificate(folder: Path, name: str, address: str) -> Path:
    """A certificate that vouches for itself, and its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = path.with_suffix(".key")
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    secret.chmod(0o600)
    return path


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module", params=[HOST, "192.0.2.1"], ids=["its own name", "another's"])
def place(request: pytest.FixtureRequest) -> Iterator[tuple[bool, str, Path]]:
    """Whether the certificate is for the server's address, an address, and the certificate."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        Path(folder).chmod(0o755)
        server: Server = started(Path(folder) / "s")
        server.stop()
        pem = certificate(Path(folder), "server", request.param)
        for one in (pem, pem.with_suffix(".key")) if os.geteuid() == 0 else ():
            shutil.chown(one, USER, USER)
        port = free_port()
        server.start(
            f"-c listen_addresses={HOST} -c port={port} -c ssl=on"
            f" -c ssl_cert_file={pem} -c ssl_key_file={pem.with_suffix('.key')}"
        )
        yield request.param == HOST, f"postgresql://{USER}@{HOST}:{port}/postgres", pem
        server.stop()


def test_the_name_of_the_server_is_checked(place: tuple[bool, str, Path]) -> None:
    own, address, pem = place
    full = f"{address}?sslmode=verify-full&sslrootcert={pem}"
    if own:
        store = PostgresStore(full)
        assert store.query(OF_MINE)[0]["ssl"] is True
        store.close()
        return
    with pytest.raises(LibraryServerError, match="certificate does not fit"):
        PostgresStore(full)


def test_a_stranger_s_certificate_is_refused(place: tuple[bool, str, Path], tmp_path: Path) -> None:
    _, address, _ = place
    other = certificate(tmp_path, "other", HOST)
    with pytest.raises(LibraryServerError, match="certificate does not fit"):
        PostgresStore(f"{address}?sslmode=verify-ca&sslrootcert={other}")


def test_required_means_encrypted(place: tuple[bool, str, Path]) -> None:
    store = PostgresStore(f"{place[1]}?sslmode=require")
    told = store.query(OF_MINE)[0]
    assert told["ssl"] is True
    assert told["version"] in {"TLSv1.2", "TLSv1.3"}
    store.close()
