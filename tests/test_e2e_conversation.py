"""A conversation on the real page in Debian's Chromium: going on, undoing, ending, two pages apart."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PORT = 7963
ROOT = Path(__file__).resolve().parent.parent
WAIT = 20_000


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    command = [sys.executable, "-m", "ui.cli", "--no-browser", "--port", str(PORT)]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "AIDPOST_HOME": str(home)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        found = None
        for line in process.stdout:
            if match := re.search(r"http://127\.0\.0\.1:\d+", line):
                found = match[0]
                break
        assert found, "the app did not say where it is"
        yield found
        process.terminate()
        process.stdout.read()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser, address):
    contexts = []

    def make():
        context = browser.new_context(viewport={"width": 1100, "height": 900})
        context.set_default_timeout(WAIT)
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".gallery-item").last).to_contain_text(re.compile(r"\w"), timeout=WAIT)
        return page

    yield make
    for context in contexts:
        context.close()


def ask(page, text, asked=None):
    """Ask, and wait for the answer to what was meant."""
    page.locator("#question textarea").fill(text)
    page.get_by_role("button", name="Ask", exact=True).click()
    answered(page, asked or text)


def answered(page, asked):
    expect(page.locator("#answer .asked")).to_have_text(f"Question: {asked}", timeout=WAIT)


def understood(page):
    return page.locator("#understood")


def test_four_questions_go_on_from_each_other_and_one_is_taken_back(open_page):
    page = open_page()
    expect(page.locator("#talk")).to_be_hidden()
    ask(page, "Paracetamol for fever in a child of 3 years and 12 kg?")
    expect(page.get_by_role("button", name="Ask it alone")).to_be_hidden()
    ask(page, "how often?", "Paracetamol for fever: how often?")
    expect(understood(page)).to_contain_text("Understood as: Paracetamol for fever: how often?")
    expect(understood(page)).to_contain_text("age 3 years, weight 12 kg")
    expect(page.locator("#answer")).to_contain_text("12 kg")
    ask(page, "and in an adult?", "Paracetamol for fever: how often, in an adult?")
    expect(understood(page)).not_to_contain_text("weight 12 kg")
    ask(page, "and ibuprofen?", "ibuprofen for fever: how often, in an adult?")
    expect(understood(page)).to_contain_text("Asked before in this conversation (3)")
    page.get_by_role("button", name="Ask it alone").click()
    answered(page, "and ibuprofen?")
    expect(understood(page)).not_to_contain_text("Understood as")
    expect(page.get_by_role("button", name="Ask it alone")).to_be_hidden()
    ask(page, "side effects?", "ibuprofen: side effects?")


def test_a_danger_sign_stays_until_the_conversation_is_ended(open_page):
    page = open_page()
    ask(page, "BP 170/115 at 36 weeks with headache, allergic to penicillin")
    expect(page.get_by_role("alert").first).to_contain_text("EMERGENCY")
    ask(page, "how to prevent malaria?")
    expect(page.locator("#urgency")).to_contain_text("earlier in this conversation")
    expect(understood(page)).to_contain_text("allergic to penicillin")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#urgency .banner")).to_have_count(0)
    expect(page.locator("#talk")).to_be_hidden()
    expect(page.locator("#question textarea")).to_have_value("")
    ask(page, "how often?")
    expect(page.locator("#urgency .banner")).to_have_count(0)
    expect(understood(page)).not_to_contain_text("penicillin")


def test_a_changed_form_and_a_new_patient_begin_anew(open_page):
    page = open_page()
    weight = page.locator("#weight input, #weight textarea").first
    ask(page, "Paracetamol in a boy who has convulsions")
    weight.fill("12")
    ask(page, "how often?", "Paracetamol, convulsions: how often?")
    expect(page.locator("#urgency .banner")).to_have_count(1)
    weight.fill("30")
    ask(page, "how often?")
    expect(understood(page)).to_contain_text("The patient form was changed.")
    expect(page.locator("#urgency .banner")).to_have_count(0)
    ask(page, "Paracetamol")
    page.get_by_role("button", name="New patient").click()
    expect(page.locator("#talk")).to_be_hidden()
    ask(page, "how often?")
    expect(understood(page)).not_to_contain_text("Understood as")


def test_two_open_pages_do_not_hear_each_other(open_page):
    one, other = open_page(), open_page()
    ask(one, "Paracetamol for a child of 12 kg, allergic to penicillin")
    ask(other, "how often?")
    expect(understood(other)).not_to_contain_text("Paracetamol")
    expect(understood(other)).not_to_contain_text("penicillin")
    ask(one, "how often?", "Paracetamol: how often?")


def test_a_narrow_page_does_not_scroll_sideways_in_a_conversation(open_page):
    page = open_page()
    page.set_viewport_size({"width": 360, "height": 740})
    ask(page, "Paracetamol for a child of 12 kg?")
    ask(page, "how often?", "Paracetamol: how often?")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
