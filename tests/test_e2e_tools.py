"""Medicines, calculators and triage in Debian's Chromium: fill in, read the result, copy it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Address of the running app."""
    environment = {**os.environ, "AIDPOST_HOME": str(tmp_path_factory.mktemp("tools"))}
    command = [sys.executable, "-m", "ui.cli", "--no-browser", "--port", "7966"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        cwd=Path(__file__).resolve().parent.parent,
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
def page(address):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        context.set_default_timeout(15_000)
        opened = context.new_page()
        opened.goto(address)
        expect(opened.locator(".gallery-item").last).to_contain_text(
            re.compile(r"\w"), timeout=30_000
        )
        yield opened
        browser.close()


def fill(page, name, text):
    page.locator(f"#{name} input, #{name} textarea").first.fill(text)


def test_a_medicine_for_a_child(page):
    page.get_by_role("tab", name="Medicines").click()
    fill(page, "medicine-drug", "amoxicillin")
    fill(page, "medicine-indication", "pneumonia")
    fill(page, "medicine-age", "3y")
    fill(page, "medicine-weight", "12")
    fill(page, "medicine-drugs", "warfarin")
    page.locator("#medicine-go").click()
    result = page.locator("#medicine-result .tool")
    expect(result).to_contain_text("500 mg")
    expect(result).to_contain_text("warfarin")
    expect(result).to_contain_text("Source")


def test_a_result_is_copied_with_formula_and_source(page):
    page.get_by_role("tab", name="Calculators").click()
    page.locator("#calculator input").click()
    page.locator("#calculator input").fill("Cockcroft")
    page.get_by_role("option", name="Cockcroft").click()
    fill(page, "field-age", "70")
    fill(page, "field-weight", "60 kg")
    fill(page, "field-creatinine", "1.8 mg/dL")
    page.locator("#field-sex input").click()
    page.get_by_role("option", name="male", exact=True).click()
    result = page.locator("#calculation-result .tool h2")
    expect(result).to_contain_text("32 mL/min")
    page.locator("#calculation-copy").click()
    expect(page.locator("#calculation-copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "32 mL/min" in copied
    assert "Formula" in copied
    assert "Nephron" in copied


def test_the_triage_form_shows_danger(page):
    page.get_by_role("tab", name="Triage").click()
    fill(page, "triage-words", "cough and will not drink")
    fill(page, "triage-age", "8 m")
    fill(page, "triage-rr", "66")
    page.locator("#triage-go").click()
    expect(page.locator("#triage-result .banner")).to_contain_text("EMERGENCY")


def test_an_engine_answers_a_question_with_its_source(page):
    page.get_by_role("tab", name="Ask").click()
    page.locator("#question textarea").fill("CrCl 70 y man 60 kg creatinine 1.8 mg/dL")
    page.get_by_role("button", name="Ask", exact=True).click()
    answer = page.locator("#answer .sheet")
    expect(answer).to_contain_text("32 mL/min")
    expect(answer.locator(".sources")).to_contain_text("Nephron")
