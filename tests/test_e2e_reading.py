"""A photographed slip in Debian's Chromium: read, edit, confirm once, and calculators are filled."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from tests.makers_papers import Cell, Paper, harm_of, pack, photographed, photographed_slip, printed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def slip(tmp_path_factory):
    """A photograph of a slip with creatinine and sodium."""
    rows = [("Creatinine", "1.8", "mg/dL", "0.6-1.2", "H"), ("Sodium", "139", "mmol/L", "135-145", ""),
            ("Haemoglobin", "9.4", "g/dL", "12.0-16.0", "L"), ("Potassium", "4.1", "mmol/L", "3.5-5.1", "")]  # fmt: skip
    place = tmp_path_factory.mktemp("slip") / "slip.jpg"
    photographed_slip(rows, age=70, sex="M", seed=5).save(place, quality=90)
    return place


def photo(paper, place, seed=3):
    """A photograph of a paper as a file."""
    Image.fromarray(photographed(printed(paper, seed), harm_of(seed), seed)).save(place, quality=90)
    return str(place)


@pytest.fixture(scope="module")
def label(tmp_path_factory):
    """A photograph of a pack of warfarin."""
    lines = ("Warfarin Tablets", "5 mg", "30 Tablets", "Batch No: AB1234", "EXP: 02/2029")
    return photo(pack(lines), tmp_path_factory.mktemp("label") / "label.jpg")


@pytest.fixture(scope="module")
def letter(tmp_path_factory):
    """A photograph of a prescription for an adult."""
    rows = (
        (Cell("PRESCRIPTION", 0.2, 1.5, bold=True),),
        (Cell("Name: Grace Banda"), Cell("Age: 40 years", 0.6)),
        (Cell("Sex: Female"), Cell("Weight: 60 kg", 0.6)),
        (Cell("Diagnosis: back pain"),),
        (Cell("Rx", 0, 1.2),),
        (Cell("Ibuprofen  4000 mg every 8 hours for 5 days", 0.05),),
        (Cell("Amoxicillin  500 mg three times a day for 5 days", 0.05),),
        (Cell("Yours sincerely"),),
    )
    return photo(Paper("letter", rows, {}, 0.8), tmp_path_factory.mktemp("letter") / "letter.jpg")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    environment = {**os.environ, "AIDPOST_HOME": str(tmp_path_factory.mktemp("read"))}
    command = [sys.executable, "-c", "from ui.cli.main import main; main()", "--no-browser"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        cwd=Path(__file__).resolve().parent.parent,
    ) as process:  # fmt: skip
        found, said = None, []
        for line in process.stdout:
            said.append(line)
            if match := re.search(r"http://127\.0\.0\.1:\d+", line):
                found = match[0]
                break
        assert found, "".join(said)
        yield found
        process.terminate()
        process.stdout.read()


@pytest.fixture
def page(address, slip, tmp_path):
    film = tmp_path / "film.mjpeg"
    frame = Image.new("RGB", (1280, 960), "grey")
    photo = Image.open(slip)
    photo.thumbnail((1280, 960))
    frame.paste(photo, ((1280 - photo.width) // 2, (960 - photo.height) // 2))
    held = io.BytesIO()
    frame.save(held, "JPEG", quality=95)
    film.write_bytes(held.getvalue() * 3)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream",
                  "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"],
        )  # fmt: skip
        context = browser.new_context(permissions=["camera"])
        context.set_default_timeout(30_000)
        opened = context.new_page()
        opened.goto(address)
        opened.get_by_role("tab", name="Read").click()
        yield opened
        browser.close()


def value_of(page, label):
    """The value box of the field with a label."""
    tick = page.locator("[id^=read-tick-]", has_text=label).first
    number = tick.get_attribute("id").rsplit("-", 1)[1]
    return page.locator(f"#read-value-{number} input, #read-value-{number} textarea").first


def test_a_slip_from_a_file_ends_in_calculator_inputs(page, slip):
    page.locator("#read-file input[type=file]").set_input_files(str(slip))
    expect(page.locator("#read-says")).to_contain_text("Laboratory slip", timeout=60_000)
    expect(page.locator("#read-picture rect").first).to_be_attached()
    box = value_of(page, "Creatinine")
    expect(box).to_have_value("1.8")
    box.fill("1.9")
    page.locator("#read-confirm").click()
    expect(page.locator("#read-done")).to_contain_text("Confirmed")
    page.locator("#read-calculator input").click()
    page.locator("#read-calculator input").fill("Cockcroft")
    page.get_by_role("option", name="Cockcroft").click()
    expect(
        page.locator("#read-field-creatinine input, #read-field-creatinine textarea").first
    ).to_have_value("1.9 mg/dL")
    expect(page.locator("#read-field-sex input")).to_have_value("male")
    page.locator("#read-field-weight input, #read-field-weight textarea").first.fill("60 kg")
    expect(page.locator("#read-result")).to_contain_text("31 mL/min")
    page.get_by_role("tab", name="Ask").click()
    expect(page.locator("#age input, #age textarea").first).to_have_value("70 y")


def test_a_slip_from_the_camera_ends_in_calculator_inputs(page):
    camera = page.locator("#read-camera")
    camera.get_by_role("button").first.click()
    page.wait_for_timeout(2000)
    camera.locator("button[aria-label*=apture], button[title*=apture]").first.click()
    expect(page.locator("#read-says")).to_contain_text("Laboratory slip", timeout=60_000)
    page.locator("#read-confirm").click()
    expect(page.locator("#read-done")).to_contain_text("Confirmed")
    expect(page.locator("#read-known textarea, #read-known input").first).to_have_value(
        re.compile("creatinine")
    )


def confirm(page, picture, says, tick=""):
    """Give a picture to the tab, tick what else is right, and confirm."""
    page.locator("#read-file input[type=file]").set_input_files(picture)
    expect(page.locator("#read-says")).to_contain_text(says, timeout=60_000)
    if tick:
        page.get_by_label(tick, exact=True).check()
    page.locator("#read-confirm").click()
    expect(page.locator("#read-done")).to_contain_text("Confirmed")


def box(page, name):
    """A text box of the tab."""
    return page.locator(f"#{name} input, #{name} textarea").first


def test_medicines_of_a_label_and_a_letter_are_checked_together_and_can_be_removed(
    page, label, letter
):
    confirm(page, label, "Medicine label", tick="Strength")
    expect(box(page, "read-medicine-name-0")).to_have_value("warfarin")
    expect(page.locator("#read-medicine-0")).to_contain_text("from the picture of a label 5 mg")
    expect(box(page, "read-dose-drug")).to_have_value("warfarin")
    expect(box(page, "read-dose-strength")).to_have_value("5 mg")
    expect(box(page, "read-dose-ordered")).to_have_value("")
    confirm(page, letter, "Letter or prescription")
    expect(box(page, "read-medicine-name-1")).to_have_value("ibuprofen")
    expect(page.locator("#read-medicine-1")).to_contain_text("picture of a letter or prescription")
    result = page.locator("#read-together-result")
    expect(result).to_contain_text("warfarin")
    expect(result).to_contain_text("warfarin with ibuprofen")
    page.locator("#read-medicine-drop-0").click()
    expect(box(page, "read-medicine-name-0")).to_have_value("ibuprofen")
    expect(result).not_to_contain_text("warfarin")


def test_an_order_on_paper_is_compared_and_allergies_are_seen(page, letter):
    confirm(page, letter, "Letter or prescription")
    page.locator("#read-dose-of input").click()
    page.get_by_role("option", name="ibuprofen").click()
    expect(box(page, "read-dose-ordered")).to_have_value(re.compile("^4000 mg every 8 hours"))
    box(page, "read-dose-indication").fill("pain")
    page.locator("#read-dose-go").click()
    expect(page.locator("#read-dose-result")).to_contain_text("The order of 4000 mg is")
    expect(page.locator("#read-dose-result h2")).to_contain_text("Do not give")
    page.get_by_role("tab", name="Ask").click()
    box(page, "allergies").fill("penicillin")
    page.get_by_role("tab", name="Read").click()
    expect(page.locator("#read-together-result")).to_contain_text("allergy")


def test_confirmed_medicines_reach_the_answers_and_go_with_the_patient(page, label):
    confirm(page, label, "Medicine label")
    page.get_by_role("tab", name="Ask").click()
    expect(box(page, "medicines")).to_have_value("warfarin")
    box(page, "question").fill("Ibuprofen for back pain in an adult of 60 kg")
    page.locator("#ask").click()
    expect(page.locator("#answer")).to_contain_text("with a blood thinner")
    page.locator("#new-patient").click()
    expect(box(page, "medicines")).to_have_value("")
    page.get_by_role("tab", name="Read").click()
    expect(page.locator("#read-medicine-0")).to_be_hidden()
