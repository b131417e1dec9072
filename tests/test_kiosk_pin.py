"""The PIN of the kiosk: few tries, long waits, no way around by switching off and on."""

import json
import stat

import pytest

from ui.kiosk import pin as pin_module
from ui.kiosk.options import BadOption, Options, load_options, save_options
from ui.kiosk.pin import BadPin, PinLock, wait_after
from ui.kiosk.small_files import read_object, write_object


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lock(home, clock):
    made = PinLock(home, clock)
    made.set("2580")
    return made


def test_the_right_pin_opens_and_a_wrong_one_does_not(lock):
    assert lock.try_open("2580").opened
    assert not lock.try_open("2581").opened
    assert not lock.try_open("").opened
    assert not lock.try_open("2580 ").opened


def test_without_a_pin_nothing_opens(home, clock):
    lock = PinLock(home, clock)
    assert not lock.is_set
    assert not lock.try_open("").opened


@pytest.mark.parametrize("bad", ["123", "123456789", "12a4", "1111", "", "١٢٣٤", "12 4"])
def test_a_pin_that_cannot_be_used_is_refused(lock, bad):
    with pytest.raises(BadPin):
        lock.set(bad)
    assert lock.try_open("2580").opened


def test_five_tries_then_thirty_seconds_that_double(lock, clock):
    assert [lock.try_open("0000").wait_s for _ in range(5)] == [0, 0, 0, 0, 30]
    early = lock.try_open("2580")
    assert not early.opened and not early.evaluated and early.wait_s == 30
    clock.now += 30
    assert lock.try_open("0001").wait_s == 60
    clock.now += 59
    assert not lock.try_open("2580").evaluated
    clock.now += 1
    assert lock.try_open("2580").opened


def test_fifty_tries_in_ten_minutes_are_not_looked_at_more_than_eight_times(lock, clock):
    evaluated = 0
    for number in range(601):
        evaluated += lock.try_open(f"{number:04}").evaluated
        clock.now += 1
    assert evaluated <= 8


def test_waits_never_get_shorter_and_end_at_an_hour():
    waits = [wait_after(wrong) for wrong in range(40)]
    assert waits == sorted(waits)
    assert waits[-1] == 3600


def test_switching_off_and_on_gives_no_fresh_tries(home, lock, clock):
    for _ in range(5):
        lock.try_open("0000")
    again = PinLock(home, Clock())
    assert not again.try_open("2580").evaluated


def test_a_try_is_counted_before_it_is_compared(home, lock, clock, monkeypatch):
    def power_cut(pin, salt):
        raise KeyboardInterrupt

    monkeypatch.setattr(pin_module, "_hashed", power_cut)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            lock.try_open("0000")
    monkeypatch.undo()
    assert not PinLock(home, Clock()).try_open("2580").evaluated


def test_a_try_that_cannot_be_counted_opens_nothing(lock, monkeypatch):
    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pin_module, "write_object", full)
    with pytest.raises(OSError, match="No space"):
        lock.try_open("2580")


def test_the_file_holds_no_pin_and_is_private(home, lock):
    path = home / pin_module.FILE
    assert "2580" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(json.loads(path.read_text())) == {"salt", "hash", "wrong"}


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"hash": 5}', '{"hash": "zz", "salt": "00"}'])
def test_a_damaged_file_opens_nothing(home, lock, damage):
    (home / pin_module.FILE).write_text(damage)
    assert not PinLock(home, Clock()).try_open("2580").opened


def test_options_come_back_as_they_were_kept(home):
    wanted = Options("ar", 60, 1.5, 300, 1.2, hands_free=True)
    save_options(home, wanted)
    assert load_options(home) == wanted
    assert [one.name for one in home.iterdir()] == ["kiosk.json"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("volume", 0), ("volume", True), ("speed", float("nan")), ("speed", "1"), ("reset_s", 5),
        ("reset_s", 10**9), ("silence_s", 0), ("language", "xx"), ("language", ["en"]),
        ("hands_free", 1), ("colour", "red"),
    ],
)  # fmt: skip
def test_an_option_out_of_range_is_refused_and_the_standard_stands_in_a_file(home, name, value):
    with pytest.raises(BadOption, match=name if name != "language" else "language"):
        Options().changed({name: value})
    write_object(
        home / "kiosk.json", json.dumps({name: value, "volume": 80 if name != "volume" else value})
    )
    loaded = load_options(home)
    assert getattr(loaded, name, None) == getattr(Options(), name, None)


def test_a_full_disk_leaves_the_old_file(home, monkeypatch):
    save_options(home, Options(volume=50))

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_options(home, Options(volume=90))
    monkeypatch.undo()
    assert load_options(home).volume == 50
    assert [one.name for one in home.iterdir()] == ["kiosk.json"]


def test_a_file_that_is_no_object_reads_as_empty(tmp_path):
    path = tmp_path / "x.json"
    for text in ("[1]", "nonsense", "[" * 100_000):
        path.write_text(text)
        assert read_object(path) == {}
