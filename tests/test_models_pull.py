"""Fetching models from a hub that has every fault a line can have; real HTTP on loopback."""

import os
import random
import ssl
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.hub_stand_in import COMMIT, Fault, HubStandIn, Repository
from tests.makers_gguf import model_file
from ui.models.allowed import models_of
from ui.models.disk import SPARE, digest_of
from ui.models.download import Patience
from ui.models.errors import (
    HubError,
    Interrupted,
    ModelFilesError,
    NoAccess,
    NoRoom,
    UnknownModel,
    WrongDigest,
)
from ui.models.hub import Hub
from ui.models.pull import Pull, Wanted
from ui.models.transport import HttpTransport

REPOSITORY = "maker/tiny-GGUF"
FILE = "tiny-Q4_K_M.gguf"
TOKEN = "hf_secret"


@pytest.fixture
def hub():
    with HubStandIn(TOKEN) as stand_in:
        data = model_file().read_bytes()
        files = {FILE: data, "tiny-Q8_0.gguf": data + bytes(64), "README.md": b"# Tiny\n"}
        stand_in.repositories[REPOSITORY] = Repository(files, small=("README.md",))
        yield stand_in


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def puller(hub, home, pauses):
    """A puller that does not wait between tries and gives up early."""

    def make(token: str = "", progress=None, timeout_s: float = 1.0, **patience) -> Pull:
        given = {"tries": 3, "least_bytes": 1000, "window_s": 0.5, **patience}
        opened = Hub(HttpTransport(timeout_s), hub.address, token)
        told = progress or (lambda *_: None)
        return Pull(models_of(home), opened, told, Patience(sleep=pauses.append, **given))

    return make


WANTED = Wanted("tiny", "chat", REPOSITORY, "main", ((FILE, "model"),), "mit", "Q4_K_M")


def fetched(home: Path, name: str = FILE) -> bytes:
    return (home / "models" / "tiny" / name).read_bytes()


def parts(home: Path) -> list[Path]:
    return sorted((home / "models" / ".parts").iterdir())


def test_a_model_comes_checked_and_listed(hub, puller, home) -> None:
    told = []
    model = puller(progress=lambda *now: told.append(now)).run(WANTED)
    assert fetched(home) == hub.repositories[REPOSITORY].files[FILE]
    (file,) = model.files
    assert file.sha256 == digest_of(home / "models" / file.path)
    assert (file.path, file.role, file.size) == (f"tiny/{FILE}", "model", len(fetched(home)))
    assert (model.revision, model.licence, model.quantization) == (COMMIT, "mit", "Q4_K_M")
    assert model.source == f"{hub.address}/{REPOSITORY}"
    assert models_of(home).lock().model("tiny") == model
    assert told[-1] == (FILE, file.size, file.size)
    assert parts(home) == []
    assert {one.headers["user-agent"] for one in hub.asked} == {"aidpost"}


def test_the_list_pins_the_commit_that_the_files_come_from(hub, puller) -> None:
    puller().run(WANTED)
    assert [one.path for one in hub.asked if "resolve" in one.path] == [
        f"/{REPOSITORY}/resolve/{COMMIT}/{FILE}"
    ] * 2


def test_what_is_here_already_is_not_fetched_again(hub, puller) -> None:
    puller().run(WANTED)
    before = len(hub.asked)
    puller().run(WANTED)
    assert [one.path for one in hub.asked[before:]] == [f"/api/models/{REPOSITORY}/revision/main"]


def test_files_that_git_keeps_are_checked_by_what_git_counts(hub, puller, home) -> None:
    wanted = replace(WANTED, kind="speech", patterns=(("readme.md", "part"),))
    assert puller().run(wanted).files[0].sha256 == digest_of(home / "models/tiny/README.md")
    hub.repositories[REPOSITORY].declared["README.md"] = b"# Tinz\n"
    (home / "models/tiny/README.md").unlink()
    with pytest.raises(WrongDigest, match="came damaged or was changed on the way"):
        puller().run(wanted)
    assert not (home / "models/tiny/README.md").exists()


def test_a_connection_that_breaks_again_and_again_goes_on_each_time(hub, puller, home) -> None:
    hub.faults[f"store:{FILE}"] = [Fault("cut", after=30_000) for _ in range(6)]
    puller().run(WANTED)
    assert fetched(home) == hub.repositories[REPOSITORY].files[FILE]
    assert hub.ranges(FILE) == ["", *(f"bytes={n * 30_000}-" for n in range(1, 7))]


def test_a_stopped_command_goes_on_where_it_was(hub, puller, home) -> None:
    def stop(_name: str, done: int, _total: int) -> None:
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        puller(progress=stop).run(WANTED)
    (part,) = parts(home)
    kept = part.stat().st_size
    assert kept > 100_000
    puller().run(WANTED)
    assert hub.ranges(FILE)[-1] == f"bytes={kept}-"
    assert fetched(home) == hub.repositories[REPOSITORY].files[FILE]


def test_a_line_that_brings_nothing_is_given_up_and_what_came_is_kept(
    hub, puller, home, pauses
) -> None:
    hub.faults[f"store:{FILE}"] = [Fault("cut", after=50_000), *[Fault("cut")] * 9]
    with pytest.raises(Interrupted, match=r"50 kB of \d+ kB are kept; run the command again"):
        puller(tries=4).run(WANTED)
    assert pauses == [1.0, 2.0, 4.0]
    assert parts(home)[0].stat().st_size == 50_000
    assert models_of(home).lock().models == ()


def test_a_server_that_trickles_bytes_for_ever_is_left(hub, puller) -> None:
    hub.faults[f"store:{FILE}"] = [Fault("slow")] * 9
    with pytest.raises(Interrupted, match="the connection is too slow"):
        puller().run(WANTED)


def test_a_server_that_falls_silent_is_asked_again(hub, puller, home) -> None:
    hub.faults[f"store:{FILE}"] = [Fault("silent", after=40_000)]
    puller(timeout_s=0.5).run(WANTED)
    assert hub.ranges(FILE) == ["", "bytes=40000-"]
    assert fetched(home) == hub.repositories[REPOSITORY].files[FILE]


def test_an_endless_body_is_cut_at_the_declared_size(hub, puller, home) -> None:
    size = len(hub.repositories[REPOSITORY].files[FILE])
    largest = []
    hub.faults[f"store:{FILE}"] = [Fault("endless")] * 2
    with pytest.raises(WrongDigest):
        puller(progress=lambda _name, done, _total: largest.append(done)).run(WANTED)
    assert max(largest) == size
    assert parts(home) == []


def test_an_endless_list_of_files_is_cut(hub, puller) -> None:
    hub.faults[f"list:{REPOSITORY}"] = [Fault("endless")]
    with pytest.raises(HubError, match="has no end"):
        puller().run(WANTED)


def test_a_wrong_digest_is_never_kept(hub, puller, home) -> None:
    data = bytearray(hub.repositories[REPOSITORY].files[FILE])
    hub.repositories[REPOSITORY].declared[FILE] = bytes(data)
    data[len(data) // 2] ^= 1
    hub.repositories[REPOSITORY].files[FILE] = bytes(data)
    with pytest.raises(WrongDigest, match="It was thrown away"):
        puller().run(WANTED)
    assert parts(home) == []
    assert not (home / "models" / "tiny" / FILE).exists()
    assert models_of(home).lock().models == ()


def test_a_part_that_suffered_on_the_disk_is_fetched_from_the_start(hub, puller, home) -> None:
    hub.faults[f"store:{FILE}"] = [Fault("cut", after=50_000), *[Fault("cut")] * 5]
    with pytest.raises(Interrupted):
        puller().run(WANTED)
    (part,) = parts(home)
    part.write_bytes(bytes(part.stat().st_size))
    hub.faults.clear()
    puller().run(WANTED)
    assert hub.ranges(FILE)[-2:] == ["bytes=50000-", ""]
    assert fetched(home) == hub.repositories[REPOSITORY].files[FILE]


def test_a_part_longer_than_the_file_is_dropped(hub, puller, home) -> None:
    hub.faults[f"store:{FILE}"] = [Fault("cut", after=50_000), *[Fault("cut")] * 5]
    with pytest.raises(Interrupted):
        puller().run(WANTED)
    parts(home)[0].write_bytes(bytes(10_000_000))
    hub.faults.clear()
    puller().run(WANTED)
    assert fetched(home) == hub.repositories[REPOSITORY].files[FILE]


@pytest.mark.parametrize("kind", ["whole", "wrong-range"])
def test_a_server_without_ranges_sends_it_from_the_start(hub, puller, home, kind) -> None:
    hub.faults[f"store:{FILE}"] = [Fault("cut", after=50_000), Fault(kind)]
    puller().run(WANTED)
    assert fetched(home) == hub.repositories[REPOSITORY].files[FILE]


def test_a_range_that_the_server_does_not_know_starts_anew(hub, puller, home) -> None:
    hub.faults[f"store:{FILE}"] = [Fault("cut", after=50_000), Fault("status", status=416)]
    puller().run(WANTED)
    assert hub.ranges(FILE) == ["", "bytes=50000-", ""]
    assert fetched(home) == hub.repositories[REPOSITORY].files[FILE]


def test_a_busy_hub_is_asked_again_when_it_says(hub, puller, home, pauses) -> None:
    later = (("Retry-After", "7"),)
    hub.faults[f"hub:{FILE}"] = [
        Fault("status", status=429, headers=later),
        Fault("status", status=503),
    ]
    puller().run(WANTED)
    assert pauses == [7.0, 2.0]
    assert fetched(home) == hub.repositories[REPOSITORY].files[FILE]


def test_an_address_of_the_store_that_ran_out_is_asked_of_the_hub_again(hub, puller, home) -> None:
    hub.faults[f"store:{FILE}"] = [Fault("status", status=403)]
    puller().run(WANTED)
    assert fetched(home) == hub.repositories[REPOSITORY].files[FILE]


def test_a_hub_that_asks_for_hours_of_patience_gets_a_minute(hub, puller, pauses) -> None:
    asked = (("Retry-After", "86400"),)
    hub.faults[f"list:{REPOSITORY}"] = [Fault("status", status=429, headers=asked)] * 3
    with pytest.raises(HubError, match="cannot be reached"):
        puller().run(WANTED)
    assert max(pauses) == 60.0


def test_a_gated_repository_says_how_to_get_in(hub, puller, home) -> None:
    hub.repositories[REPOSITORY].gated = True
    with pytest.raises(
        NoAccess, match=rf"Open {hub.address}/{REPOSITORY} .*accept its terms.*token"
    ):
        puller().run(WANTED)
    with pytest.raises(NoAccess, match="The token is not allowed to read"):
        puller(token="hf_other").run(WANTED)
    puller(token=TOKEN).run(WANTED)
    assert fetched(home) == hub.repositories[REPOSITORY].files[FILE]


def test_the_token_goes_to_the_hub_and_to_nobody_else(hub, puller) -> None:
    hub.repositories[REPOSITORY].gated = True
    puller(token=TOKEN).run(WANTED)
    sent = {one.place: "authorization" in one.headers for one in hub.asked}
    assert sent == {"hub": True, "store": False}


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("http://example.org/file", "not safe"),
        ("file:///etc/passwd", "not safe"),
        ("ftp://127.0.0.1/x", "not safe"),
        ("http://[broken", "is none"),
        ("https:///", "not safe"),
    ],
)
def test_a_redirect_to_an_unsafe_address_is_not_followed(hub, puller, target, why) -> None:
    hub.faults[f"hub:{FILE}"] = [Fault("elsewhere", target=target)]
    with pytest.raises(HubError, match=why):
        puller().run(WANTED)


def test_redirects_in_a_circle_end(hub, puller) -> None:
    hub.faults[f"hub:{FILE}"] = [Fault("loop")]
    with pytest.raises(HubError, match="without end"):
        puller().run(WANTED)
    assert len(hub.asked) < 10


def test_a_hub_that_declares_two_digests_is_not_believed(hub, puller) -> None:
    hub.faults[f"hub:{FILE}"] = [Fault("other-tag")]
    with pytest.raises(HubError, match="two different digests"):
        puller().run(WANTED)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"repository": "maker/none"}, "is not open to everybody, or does not exist"),
        ({"revision": "v9"}, "does not know this revision of maker/tiny-GGUF"),
        ({"patterns": (("*.safetensors", "part"),)}, r"fits no file .* It has: README.md, tiny-"),
        ({"patterns": (("*.gguf", "model"),)}, "fits 2 files"),
    ],
)
def test_what_the_hub_does_not_have_is_named(puller, change, why) -> None:
    with pytest.raises((UnknownModel, NoAccess), match=why):
        puller().run(replace(WANTED, **change))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"sha": 1, "siblings": []}',
        b'{"sha": "x", "siblings": []}',
        b"[" * 9000,
    ],
)
def test_a_list_that_cannot_be_read_is_a_message(body) -> None:
    from ui.models.listing import read_listing

    with pytest.raises(HubError):
        read_listing("a/b", body)


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a\\b", "a//b", "CON", "a\u202eb", "x" * 300]
)
def test_strange_file_names_of_a_hub_are_left_out(name) -> None:
    import json

    from ui.models.listing import read_listing

    row = {"rfilename": name, "size": 1, "lfs": {"sha256": "a" * 64, "size": 1}}
    good = {"rfilename": "good.bin", "size": 1, "lfs": {"sha256": "a" * 64, "size": 1}}
    bad = [{**good, "lfs": {"sha256": "zz", "size": 1}}, {**good, "lfs": {"sha256": "a" * 64}}, 3]
    body = json.dumps({"sha": COMMIT, "siblings": [row, *bad, good]}).encode()
    assert [file.name for file in read_listing("a/b", body).files] == ["good.bin"]


def test_a_full_disk_is_noticed_before_a_byte_is_fetched(hub, puller, monkeypatch) -> None:
    import shutil

    size = len(hub.repositories[REPOSITORY].files[FILE])
    real = shutil.disk_usage
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: real(path)._replace(free=SPARE + size - 1)
    )
    with pytest.raises(
        NoRoom, match=r"The disk is too full: \d+ MB are needed and \d+ MB are free"
    ):
        puller().run(WANTED)
    assert not [one for one in hub.asked if "resolve" in one.path]


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
from ui.cli.main import main
main(["models", "pull", "maker/tiny-GGUF", "--file", "tiny-Q4_K_M.gguf"])
"""


def run_pull(hub, home: Path, code: str = LIMITED) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_ENDPOINT": hub.address, "AIDPOST_HOME": str(home)}
    environment.pop("HF_TOKEN", None)
    return subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_disk_that_fills_up_in_the_middle_is_a_message_and_keeps_what_came(hub, home) -> None:
    done = run_pull(hub, home)
    assert done.returncode == 1
    assert "larger than a file can be on this disk" in done.stderr
    assert "Traceback" not in done.stderr
    assert [part.stat().st_size for part in parts(home)] == [60_000]
    free = LIMITED.replace("(60_000, 60_000)", "(-1, -1)")
    assert run_pull(hub, home, free).returncode == 0
    assert hub.ranges(FILE)[-1] == "bytes=60000-"
    found = home / "models" / "tiny-gguf" / FILE
    assert found.read_bytes() == hub.repositories[REPOSITORY].files[FILE]


MOUNTED = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def can_mount() -> bool:
    try:
        command = [*MOUNTED, "mount -t tmpfs -o size=64k none /mnt"]
        return subprocess.run(command, check=False, capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def test_a_real_disk_of_64_kb_is_a_message(hub, home) -> None:
    if not can_mount():
        pytest.skip("no file system can be mounted here")
    home.mkdir()
    code = "from ui.models import disk; disk.SPARE = 0; disk.require_room = lambda *_: None\n"
    code += "from ui.models import pull; pull.require_room = lambda *_: None\n"
    code += LIMITED.replace("(60_000, 60_000)", "(-1, -1)")
    environment = {**os.environ, "HF_ENDPOINT": hub.address, "AIDPOST_HOME": str(home)}
    script = f'mount -t tmpfs -o size=64k none {home} && exec {sys.executable} -c "$CODE"'
    done = subprocess.run(
        [*MOUNTED, script],
        check=False,
        env={**environment, "CODE": code},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    assert "The disk is full" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_model_does_not_stay(hub, puller, home) -> None:
    hub.repositories[REPOSITORY].files[FILE] = b"\x80\x04 a pickle" + bytes(9000)
    with pytest.raises(ModelFilesError, match="pickle, which can run code"):
        puller().run(WANTED)
    hub.repositories[REPOSITORY].files[FILE] = model_file().read_bytes()[:9000]
    with pytest.raises(ModelFilesError, match="cannot be used as a model: it is cut off"):
        puller().run(WANTED)
    assert parts(home) == []
    assert models_of(home).lock().models == ()


def test_two_commands_at_once_do_not_mix(hub, puller) -> None:
    seen = []

    def meanwhile(*_: object) -> None:
        if not seen:
            with pytest.raises(ModelFilesError, match="Another `aidpost models` command"):
                puller().run(WANTED)
            seen.append(True)

    puller(progress=meanwhile).run(WANTED)
    assert seen


@pytest.mark.parametrize("address", ["http://example.org", "ftp://x", "", "huggingface.co"])
def test_a_hub_without_encryption_is_not_asked(address) -> None:
    with pytest.raises(HubError, match="not safe"):
        Hub(HttpTransport(), address)


def test_no_network_is_one_sentence_that_names_the_stick(home) -> None:
    with HubStandIn() as gone:
        address = gone.address
    hub = Hub(HttpTransport(0.5), address)
    pull = Pull(models_of(home), hub, patience=Patience(tries=2, sleep=lambda _s: None))
    with pytest.raises(HubError, match=r"cannot be reached.*bring the model on a stick"):
        pull.run(WANTED)


def certificate(folder: Path) -> Path:
    """A key and a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path = folder / "cert.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(home, tmp_path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    with HubStandIn() as hub:
        server: ThreadingHTTPServer = hub._servers[0]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        opened = Hub(HttpTransport(2.0), hub.address.replace("http:", "https:"), TOKEN)
        with pytest.raises(HubError, match=r"could not prove who it is.*Nothing was fetched"):
            Pull(models_of(home), opened).run(WANTED)
        assert hub.asked == []


def test_random_faults_never_give_a_wrong_file(hub, home) -> None:
    """Whatever goes wrong: the right file, or none and a message."""
    chance = random.Random(5)
    right = hub.repositories[REPOSITORY].files[FILE]
    kinds = ["cut", "whole", "wrong-range", "status", "endless"]
    came = 0
    for _ in range(40):
        faults = []
        for _ in range(chance.randrange(5)):
            kind = chance.choice(kinds)
            status = chance.choice([403, 416, 429, 500, 503])
            faults.append(Fault(kind, after=chance.randrange(len(right)), status=status))
        hub.faults[f"store:{FILE}"] = faults
        opened = Hub(HttpTransport(1.0), hub.address)
        patience = Patience(tries=4, least_bytes=1, sleep=lambda _s: None)
        target = home / "models" / "tiny" / FILE
        target.unlink(missing_ok=True)
        try:
            Pull(models_of(home), opened, patience=patience).run(WANTED)
            came += 1
        except ModelFilesError as error:
            assert str(error).endswith(".")
            assert not target.exists()
        else:
            assert target.read_bytes() == right
    assert came >= 10


def test_several_files_come_together(hub, puller, home) -> None:
    hub.repositories[REPOSITORY].files["extra.json"] = b"{}"
    wanted = replace(WANTED, patterns=((FILE, "model"), ("extra.json", "part")))
    hub.faults["hub:extra.json"] = [Fault("status", status=410)]
    with pytest.raises(HubError, match="410"):
        puller().run(wanted)
    assert models_of(home).lock().models == ()
    model = puller().run(wanted)
    assert [file.path for file in model.files] == [f"tiny/{FILE}", "tiny/extra.json"]
    assert hub.ranges(FILE) == [""]
