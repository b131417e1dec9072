"""The PIN of the kiosk: few tries, long waits, no way around by switching off and on."""

import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import pytest
from fakes_kiosk import Table
from fastapi.testclient import TestClient

from ui.kiosk import pin as pin_module
from ui.kiosk.app import build
from ui.kiosk.options import BadOption, Options, load_options, save_options
from ui.kiosk.pin import BadPin, PinLock, wait_after
from ui.kiosk.settings_door import OPEN_S, Locked, SettingsDoor
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


# --- what happens around the PIN ------------------------------------------------------------------


@pytest.mark.parametrize("easy", ["1234", "4321", "0123", "8901", "98765", "0000", "77777777"])
def test_a_pin_that_anybody_guesses_first_is_refused(lock, easy):
    with pytest.raises(BadPin, match="digits in a row"):
        lock.set(easy)


@pytest.mark.parametrize("wrong", [1_000, 10_000, 10**9])
def test_so_many_wrong_tries_make_it_wait_and_never_break_it(home, lock, clock, wrong):
    assert wait_after(wrong) == 3600
    path = home / pin_module.FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "wrong": wrong}))
    again = PinLock(home, clock)
    assert again.try_open("2580").wait_s == 3600
    clock.now += 3600
    opened = again.try_open("2580")
    assert opened.opened
    assert opened.wrong_before == wrong


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", '{"hash": 5}', '{"hash": "zz", "salt": "00"}', '{"hash": "", "wrong": 0}',
     "{}", "\x00" * 200],
)  # fmt: skip
def test_a_damaged_file_is_no_invitation_to_choose_a_new_pin(home, lock, damage):
    (home / pin_module.FILE).write_text(damage)
    again = PinLock(home, Clock())
    assert again.is_set
    for work in (lambda: again.try_open("2580"), lambda: again.set("8642")):
        with pytest.raises(BadPin, match=r"kiosk-pin\.json, cannot be read"):
            work()
    (home / pin_module.FILE).unlink()
    assert not PinLock(home, Clock()).is_set


@pytest.mark.parametrize("wrong", ["true", "-1", '"5"', "1.5", "null"])
def test_a_count_that_is_none_closes_the_settings(home, lock, wrong):
    path = home / pin_module.FILE
    path.write_text(path.read_text().replace('"wrong": 0', f'"wrong": {wrong}'))
    with pytest.raises(BadPin):
        PinLock(home, Clock()).try_open("2580")


def test_a_clock_that_goes_back_makes_it_wait_once_more_and_never_longer(lock, clock):
    for _ in range(5):
        lock.try_open("0000")
    clock.now -= 500_000
    assert lock.try_open("2580").wait_s == 30
    clock.now += 29
    assert not lock.try_open("2580").evaluated
    clock.now += 1
    assert lock.try_open("2580").opened


def test_a_clock_that_jumps_ahead_only_ends_the_wait(lock, clock):
    for _ in range(5):
        lock.try_open("0000")
    clock.now += 10**9
    assert lock.try_open("0000").wait_s == 60


def test_a_new_pin_that_cannot_be_kept_leaves_the_old_one(lock, monkeypatch):
    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pin_module, "write_object", full)
    with pytest.raises(OSError, match="No space"):
        lock.set("8642")
    monkeypatch.undo()
    assert not lock.try_open("8642").opened
    assert lock.try_open("2580").opened


def test_wrong_tries_are_told_without_the_pin(home, lock, caplog):
    for pin in ("7391", "7392", "7393"):
        lock.try_open(pin)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3
    assert "try 3" in caplog.text
    kept = caplog.text + "".join(path.read_text() for path in home.iterdir())
    assert not any(pin in kept for pin in ("7391", "7392", "7393", "2580"))
    assert lock.try_open("2580").wrong_before == 3
    assert lock.try_open("2580").wrong_before == 0


def test_the_pin_is_compared_in_constant_time(lock, monkeypatch):
    compared = []

    def watched(one, other):
        compared.append((one, other))
        return compare(one, other)

    compare = pin_module.hmac.compare_digest
    monkeypatch.setattr(pin_module.hmac, "compare_digest", watched)
    assert lock.try_open("2580").opened
    assert not lock.try_open("9999").opened
    assert [len(one) == len(other) == 32 for one, other in compared] == [True, True]


def test_two_locks_with_one_pin_have_nothing_in_common(tmp_path):
    kept = []
    for name in ("one", "two"):
        PinLock(tmp_path / name).set("2580")
        kept.append(json.loads((tmp_path / name / pin_module.FILE).read_text()))
    assert kept[0]["salt"] != kept[1]["salt"]
    assert kept[0]["hash"] != kept[1]["hash"]


def test_a_file_that_all_could_read_is_private_after_the_next_try(home, lock):
    path = home / pin_module.FILE
    path.chmod(0o644)
    lock.try_open("0000")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_tries_at_the_same_time_are_counted_one_by_one(lock):
    with ThreadPoolExecutor(8) as many:
        outcomes = list(many.map(lock.try_open, [f"{number:04}" for number in range(16)]))
    assert sum(outcome.evaluated for outcome in outcomes) == 5


# --- the settings behind it -----------------------------------------------------------------------


@pytest.fixture
def table(home):
    made = Table(home)
    yield made
    made.close()


@pytest.fixture
def door(table, clock):
    made = SettingsDoor(table.seat, PinLock(table.seat.home, clock), clock)
    made.set_pin({"pin": "2580"})
    made.shut({})
    return made


def test_the_wait_outlives_a_page_that_is_loaded_again(door, table):
    for _ in range(5):
        with pytest.raises(Locked):
            door.open({"pin": "0000"})
    table.seat.sit_down()
    with pytest.raises(Locked, match="Too many") as found:
        door.open({"pin": "2580"})
    assert found.value.wait_s == 30


def test_open_settings_close_with_time_with_the_patient_and_with_a_clock_gone_back(
    door, table, clock
):
    def is_open():
        try:
            door.save({"options": {"volume": 80}})
        except Locked:
            return False
        return True

    assert not is_open()
    for close in (
        lambda: setattr(clock, "now", clock.now + OPEN_S),
        lambda: setattr(clock, "now", clock.now - 1),
        table.seat.reset,
        lambda: door.shut({}),
    ):
        door.open({"pin": "2580"})
        assert is_open()
        close()
        assert not is_open()


def test_who_opens_is_told_how_many_were_wrong_before(door):
    for _ in range(3):
        with pytest.raises(Locked):
            door.open({"pin": "0000"})
    assert door.open({"pin": "2580"})["wrong_before"] == 3


@pytest.mark.parametrize("given", [{}, {"pin": 2580}, {"pin": None}, {"pin": ["2580"]}])
def test_what_is_no_pin_is_refused_and_opens_nothing(door, given):
    with pytest.raises(BadPin):
        door.open(given)
    with pytest.raises(Locked):
        door.save({"options": {"volume": 50}})


def test_the_pin_travels_in_no_address_and_comes_back_in_no_answer(door, table, caplog):
    caplog.set_level("DEBUG")
    client = TestClient(build(table.seat, door))
    head = {"x-kiosk-session": table.session}
    answers = [
        client.post("/api/settings/open", json={"pin": pin}, headers=head)
        for pin in ("7391", "2580")
    ]
    assert [one.status_code for one in answers] == [403, 200]
    assert client.get("/api/settings/open?pin=2580").status_code == 405
    told = "".join(one.text + str(one.headers) for one in answers)
    own = [record.getMessage() for record in caplog.records if record.name.startswith("ui.")]
    assert own
    assert not any(pin in told + "".join(own) for pin in ("7391", "2580"))
    pages = files("ui.kiosk").joinpath("page")
    scripts = "".join(
        one.read_text(encoding="utf-8") for one in pages.iterdir() if one.name.endswith(".js")
    )
    assert not re.search(r"[?&]pin=|location\.(?:hash|search)|history\.", scripts)


def test_without_the_session_of_the_patient_no_pin_is_tried(door, table):
    client = TestClient(build(table.seat, door))
    for _ in range(6):
        answer = client.post(
            "/api/settings/open", json={"pin": "0000"}, headers={"x-kiosk-session": "other"}
        )
        assert answer.status_code == 410
    assert door.open({"pin": "2580"})["wrong_before"] == 0
