"""What systemd is told, over a socket as systemd opens one."""

import os
import socket

import pytest

from ui.kiosk.watchdog import Notifier, Watch, open_notifier


@pytest.fixture
def systemd(tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        receiver.settimeout(5)
        yield str(path), receiver


def heard(receiver):
    return receiver.recv(200).decode()


def test_ready_then_regular_signs_of_life_then_stopping(systemd):
    address, receiver = systemd
    environment = {
        "NOTIFY_SOCKET": address, "WATCHDOG_USEC": "100000", "WATCHDOG_PID": str(os.getpid()),
    }  # fmt: skip
    notifier = open_notifier(environment)
    assert notifier.every_s == 0.05
    watch = Watch(notifier, lambda: True)
    watch.start()
    assert heard(receiver).startswith("READY=1")
    assert [heard(receiver) for _ in range(3)] == ["WATCHDOG=1"] * 3
    watch.stop()
    while (line := heard(receiver)) == "WATCHDOG=1":
        pass
    assert line == "STOPPING=1"


def test_a_kiosk_that_is_stuck_gives_no_sign(systemd):
    address, receiver = systemd
    watch = Watch(Notifier(address, 0.02), lambda: False)
    watch.start()
    assert heard(receiver).startswith("READY=1")
    receiver.settimeout(0.3)
    with pytest.raises(TimeoutError):
        heard(receiver)
    watch.stop()


def test_an_abstract_socket_is_told_too():
    name = f"\0aidpost-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(name)
        receiver.settimeout(5)
        open_notifier({"NOTIFY_SOCKET": "@" + name[1:]}).tell("READY=1")
        assert heard(receiver) == "READY=1"


@pytest.mark.parametrize(
    "environment",
    [
        {}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "relative"},
        {"NOTIFY_SOCKET": "/nowhere/at/all", "WATCHDOG_USEC": "many"},
        {"NOTIFY_SOCKET": "/nowhere/at/all", "WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"},
    ],
)  # fmt: skip
def test_without_systemd_nothing_happens(environment):
    notifier = open_notifier(environment)
    assert notifier.every_s == 0
    notifier.tell("READY=1")
    watch = Watch(notifier, lambda: True)
    watch.start()
    watch.stop()
