"""What is put onto a Linux machine: units, policy, scripts; read by the tools that will read them."""

import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
LINUX = PACKAGING / "linux"
STICK = ROOT / "ui" / "bundle" / "stick"
SHELL = [
    LINUX / "aidpost-kiosk",
    LINUX / "browser",
    LINUX / "watchdog",
    *sorted((PACKAGING / "deb").iterdir()),
    PACKAGING / "install.sh",
    PACKAGING / "airgap_test.sh",
    PACKAGING / "macos" / "build.sh",
    PACKAGING / "macos" / "install.sh",
    STICK / "install.sh",
    ROOT / "ui" / "bundle" / "start" / "aidpost",
]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="files for Linux")


@pytest.mark.parametrize("path", SHELL, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_shell_script_can_be_read_and_stops_at_faults(path):
    subprocess.run(["sh", "-n", path], check=True)
    text = path.read_text()
    assert text.startswith("#!/bin/sh\n# ")
    if path.name not in {"aidpost"}:
        assert "\nset -e" in text


def units():
    return sorted((*LINUX.glob("*.service"), *LINUX.glob("*.timer")))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_systemd_finds_no_fault_in_the_units(tmp_path):
    """With programs of the names that they start, as on the machine they are for."""
    programs = {"/usr/bin/aidpost", "/usr/bin/cage", "/usr/lib/aidpost/kiosk/watchdog"}
    for unit in units():
        text = unit.read_text()
        for program in programs:
            text = text.replace(f"ExecStart={program}", "ExecStart=/bin/true")
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:/usr/lib/systemd/system"},
    )
    ours = [row for row in done.stderr.splitlines() if "aidpost" in row]
    assert ours == []
    assert done.returncode == 0


def test_the_app_of_a_kiosk_reaches_this_machine_only_and_writes_its_data_only():
    rows = (LINUX / "aidpost.service").read_text().splitlines()
    for row in (
        "User=aidpost",
        "IPAddressDeny=any",
        "IPAddressAllow=localhost",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "StateDirectory=aidpost",
        "NoNewPrivileges=yes",
        "Restart=always",
    ):
        assert row in rows
    assert not any(row.startswith("ReadWritePaths") for row in rows)


def test_the_browser_of_a_kiosk_opens_the_app_and_nothing_else():
    policy = json.loads((LINUX / "chromium-policy.json").read_text())
    app = "http://127.0.0.1:7860"
    assert policy["URLBlocklist"] == ["*"]
    assert policy["URLAllowlist"] == [app]
    assert policy["AudioCaptureAllowedUrls"] == [app]
    assert policy["AudioCaptureAllowed"] is False
    assert policy["DownloadRestrictions"] == 3
    assert policy["DeveloperToolsAvailability"] == 2
    assert policy["ExtensionInstallBlocklist"] == ["*"]
    assert app in (LINUX / "browser").read_text()
    assert "--port 7860" in (LINUX / "aidpost.service").read_text()


class Server(threading.Thread):
    """Answers every call on a port of this machine with a page, or says nothing."""

    def __init__(self, answers: bool) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self._answers = answers

    def run(self) -> None:
        try:
            while True:
                connection, _ = self.socket.accept()
                with connection:
                    asked = b"-"
                    while asked and not asked.endswith(b"\r\n\r\n"):
                        more = connection.recv(1000)
                        asked = asked + more if more else b""
                    if self._answers:
                        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        except OSError:
            return


def watched(tmp_path, port):
    """Runs the watchdog once; whether it started the app again."""
    said = tmp_path / "restarted"
    said.unlink(missing_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "RUNTIME_DIRECTORY": str(tmp_path),
        "AIDPOST_PORT": str(port),
        "AIDPOST_RESTART": f"touch {said}",
    }
    subprocess.run(["sh", LINUX / "watchdog"], env=environment, check=True, capture_output=True)
    return said.exists()


@pytest.mark.skipif(not shutil.which("bash"), reason="the watchdog uses bash")
def test_the_watchdog_acts_on_the_third_silence_in_a_row(tmp_path):
    alive, mute = Server(answers=True), Server(answers=False)
    alive.start()
    mute.start()
    with alive.socket, mute.socket:
        assert [watched(tmp_path, alive.port) for _ in range(4)] == [False] * 4
        assert [watched(tmp_path, mute.port) for _ in range(4)] == [False, False, True, False]
        assert watched(tmp_path, alive.port) is False
        assert [watched(tmp_path, mute.port) for _ in range(3)] == [False, False, True]
    (tmp_path / "silent").write_text("garbage")
    assert watched(tmp_path, 1) is False


def preinst(tmp_path, old, new="0.2.0"):
    script = tmp_path / "preinst"
    script.write_text((PACKAGING / "deb" / "preinst").read_text().replace("@VERSION@", new))
    return subprocess.run(
        ["sh", script, "upgrade", old], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(not shutil.which("dpkg"), reason="needs dpkg")
@pytest.mark.parametrize(
    ("old", "taken"), [("0.1.0", True), ("0.2.0", True), ("0.10.0", False), ("1.0", False)]
)
def test_the_package_refuses_to_go_back(tmp_path, old, taken):
    done = preinst(tmp_path, old)
    assert (done.returncode == 0) is taken
    assert taken or "nothing is changed" in done.stderr


def test_removing_keeps_records_and_purging_does_not_touch_homes():
    text = (PACKAGING / "deb" / "postrm").read_text()
    before, _, purge = text.partition('if [ "$1" = purge ]')
    assert "/var/lib/aidpost" not in before
    assert "rm -rf /var/lib/aidpost\n" in purge
    assert "/home" not in text


def test_the_entry_of_the_menu_names_a_program_and_an_icon():
    for path in (LINUX / "aidpost.desktop", ROOT / "ui" / "bundle" / "start" / "aidpost.desktop"):
        rows = dict(row.partition("=")[::2] for row in path.read_text().splitlines()[1:])
        assert rows["Type"] == "Application"
        assert rows["Exec"] in {"/usr/bin/aidpost", "@PROGRAM@"}
    assert (LINUX / "aidpost.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda stick: (stick / "bundle.json").unlink(), "not copied to its end"),
        (lambda stick: shutil.rmtree(stick / "app"), "no program for this computer"),
        (lambda stick: next((stick / "app").iterdir()).write_bytes(b"half"), "damaged"),
    ],
)
def test_a_stick_that_is_not_whole_leaves_nothing_behind(tmp_path, change, said):
    stick = tmp_path / "stick"
    (stick / "app").mkdir(parents=True)
    (stick / "bundle.json").write_text("{}")
    machine = os.uname().machine
    (stick / "app" / f"aidpost-0.1.0-linux-{machine}.tar.gz").write_bytes(b"")
    shutil.copy(STICK / "install.sh", stick)
    change(stick)
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        ["sh", stick / "install.sh"],
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert list(home.glob(".local/share/.aidpost*")) == []


def test_documents_of_the_installation_say_what_was_not_tried():
    pages = {page.name: page.read_text() for page in (ROOT / "docs" / "install").glob("*.md")}
    for name in ("deb.md", "usb-stick.md", "wheelhouse.md", "kiosk.md", "troubleshooting.md"):
        assert pages[name].startswith("# ")
    for name in ("windows.md", "macos.md"):
        assert "Not tried" in pages[name]
        assert "untested.md" in pages[name]
    number = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"aidpost_{number}_amd64.deb" in pages["deb.md"]


def test_what_only_listening_needs_is_a_package_of_its_own(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(PACKAGING)
    build_deb = importlib.import_module("build_deb")
    folder = tmp_path / "aidpost"
    files = ("aidpost", "THIRD-PARTY-NOTICES.txt", "sbom.cdx.json", "_internal/app.so")
    for name in (*files, *(f"_internal/{part}/code.so" for part in build_deb.SPEECH)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    made = [
        build(folder, tmp_path, "9.9", "-z0") for build in (build_deb.build, build_deb.build_speech)
    ]
    listed = [
        subprocess.run(["dpkg-deb", "-c", one], capture_output=True, text=True, check=True).stdout
        for one in made
    ]
    for part in build_deb.SPEECH:
        assert f"/_internal/{part}/" not in listed[0]
        assert f"/_internal/{part}/code.so" in listed[1]
    assert "/_internal/app.so" in listed[0]
    assert "/_internal/app.so" not in listed[1]
    depends = subprocess.run(
        ["dpkg-deb", "-f", made[1], "Depends"], capture_output=True, text=True, check=True
    )
    assert depends.stdout.strip() == "aidpost (= 9.9)"
    assert sorted(one.name.split("_")[0] for one in made) == ["aidpost", "aidpost-speech"]
