"""Updates and versions before: kept, gone back to, and older sticks refused."""

import os

import pytest
from makers_bundle import Publisher, calls, installer, started

from ui.bundle.errors import BundleError, BundleTooOld

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="the program of the tests is a shell script"
)


@pytest.fixture
def publisher(tmp_path):
    return Publisher(tmp_path / "publisher")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "clinic"


def test_an_update_keeps_records_and_the_version_before(publisher, home):
    installer(home, publisher).install(publisher.bundle(1))
    (home / "data" / "aidpost.toml").write_text('clinic = "North"\n')
    done = installer(home, publisher).install(publisher.bundle(2))
    assert done.installed.number == 2
    assert len(list(installer(home, publisher).versions.all())) == 2
    assert (home / "data" / "aidpost.toml").read_text() == 'clinic = "North"\n'
    back = installer(home, publisher).rollback()
    assert back.installed.number == 1
    assert back.folder is None
    started(home / "program" / "aidpost")
    assert calls(home)[-1].startswith("number-1 ask")


def test_a_third_version_drops_the_first(publisher, home):
    for number in (1, 2, 3):
        installer(home, publisher).install(publisher.bundle(number))
    kept = [path.name.partition("-")[0] for path in installer(home, publisher).versions.all()]
    assert kept == ["2", "3"]


def test_an_older_bundle_is_refused_unless_asked_for(publisher, home):
    old = publisher.bundle(1)
    installer(home, publisher).install(publisher.bundle(2))
    with pytest.raises(BundleTooOld, match="has had number 2"):
        installer(home, publisher).install(old)
    done = installer(home, publisher).install(old, allow_older=True)
    assert (done.installed.number, done.installed.highest) == (1, 2)


def test_going_back_does_not_forget_the_highest_number(publisher, home):
    old = publisher.bundle(1)
    installer(home, publisher).install(old)
    installer(home, publisher).install(publisher.bundle(2))
    installer(home, publisher).rollback()
    with pytest.raises(BundleTooOld):
        installer(home, publisher).install(old)


def test_without_an_earlier_version_there_is_no_way_back(publisher, home):
    with pytest.raises(BundleError, match="Nothing was installed"):
        installer(home, publisher).rollback()
    installer(home, publisher).install(publisher.bundle())
    with pytest.raises(BundleTooOld, match="no earlier version"):
        installer(home, publisher).rollback()
