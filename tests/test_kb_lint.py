"""The card linter: each rule has a card that breaks it, and a good card breaks none."""

from datetime import date
from pathlib import Path

import pytest

from kb.cards import parse_card
from kb.lint import TOPICS, card_files, lint_card, lint_paths, main
from kb.lint_library import Known, know, planned
from kb.lint_rules import Fault
from tests.makers_cards import GOOD, changed, with_line, without

TODAY = date(2026, 11, 21)


def known() -> Known:
    other = changed("Water loss in a child", "Cholera").replace(b"sample-card", b"other-card")
    more = other.replace(b'["ors", "zinc-sulfate"]', b'["ors", "zinc-sulfate", "amoxicillin"]')
    return know([parse_card(GOOD.encode(), "sample-card"), parse_card(more, "other-card")])


def faults(data: bytes, name: str = "sample-card") -> list[Fault]:
    return lint_card(data, name, known(), TODAY)


def messages(data: bytes) -> str:
    return "\n".join(fault.message for fault in faults(data))


def test_a_good_card_has_no_fault() -> None:
    assert faults(GOOD.encode()) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "sample-card"', 'id = "Sample card"', "`id` must be"),
        ('id = "sample-card"', 'id = "another"', "the file is called 'sample-card'"),
        ('title = "Water', f'title = "{"W" * 60}', "`title` must have 1 to 70"),
        ('title = "Water', 'title = "water', "begin with a capital"),
        ('["runny tummy", "loose motions"]', '["runny tummy"]', "at least two aliases"),
        ('"loose motions"]', '"Water loss in a child"]', "repeats the title"),
        ('"loose motions"]', '"Runny Tummy"]', "stands twice"),
        ('"loose motions"]', '""]', "an alias is empty"),
        ('"loose motions"]', '"cholera"]', "is the title of starter/other-card"),
        ('icd10 = ["A09"]', 'icd10 = ["9A"]', "not a code of ICD10"),
        ('icd11 = ["ME05.1"]', 'icd11 = ["A"]', "not a code of ICD11"),
        ('["child_2_59m"]', '["children"]', "`population` does not know 'children'"),
        ('["child_2_59m"]', "[]", "`population` is empty"),
        ('["chw", "health_centre"]', '["clinic"]', "`level` does not know"),
        ('kind = "treat"', 'kind = "cure"', "`kind` must be one of"),
        ('lang = "en"', 'lang = "English"', "`lang` must be"),
        ('red_flags = ["dehydration"]', 'red_flags = ["thirst"]', "which is no red flag"),
        ('see_also = ["cholera"]', 'see_also = ["no-such"]', "which is no topic"),
        ('see_also = ["cholera"]', 'see_also = ["sample-card"]', "names the card itself"),
        ("calculators = []", 'calculators = ["A B"]', "which is no slug"),
        ("calculators = []", "calculators = 3", "not a list of texts"),
        ("regions = []", 'regions = []\nowner = "x"', "unknown key `owner`"),
        ('volatility = "low"', 'volatility = "mild"', "`volatility` must be"),
        ('reviewed = "2026-11-20"', 'reviewed = "2026-11-22"', "lies in the future"),
        ('reviewed = "2026-11-20"', 'reviewed = "2024-11-20"', "24 months old"),
        ('reviewed = "2026-11-20"', 'reviewed = "soon"', "must be a date"),
        ('status = "draft-not', 'status = "not', "`status` must be"),
        ('"draft-not-clinician-reviewed"', '"clinician-reviewed"', "must name its reviewer"),
        ('id = "s2"', 'id = "s3"', "source ids must be"),
        ('section = "Plan B"', 'section = "Whole document"', "must be a page, table"),
        ('section = "Plan B"', 'section = " "', "source 1 has no `section`"),
        ('"cc-by-nc-sa-3.0-igo"', '"free"', "`licence` must be one of"),
        ('url = "https://', 'url = "ftp://', "must begin with https"),
        ("year = 2014", 'year = "2014"', "no `year`"),
        ('edition = "March 2014"', 'print = "March 2014"', "unknown key `print` in source 1"),
        ('retrieved = "2026-11-20"', 'retrieved = "today"', "`retrieved` must be"),
    ],
)
def test_front_matter(old: str, new: str, message: str) -> None:
    assert message in messages(changed(old, new))


@pytest.mark.parametrize("key", ["id", "title", "status", "reviewer", "medicines", "publisher"])
def test_a_missing_key(key: str) -> None:
    assert f"`{key}`" in messages(without(key))


def test_no_sources_and_no_front_matter() -> None:
    start, end = GOOD.index("[[sources]]"), GOOD.rindex("+++")
    assert "no [[sources]] table" in messages((GOOD[:start] + GOOD[end:]).encode())
    assert "no front matter" in messages(b"## Recognise\n")


def test_a_source_that_is_no_table() -> None:
    start, end = GOOD.index("[[sources]]"), GOOD.rindex("+++")
    assert "source 1 is not a table" in messages(
        (GOOD[:start] + "sources = [1]\n" + GOOD[end:]).encode()
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("## Assess", "## Examine", "unknown heading 'Examine'"),
        ("## Assess", "## Refer", "stands twice"),
        ("## Danger signs", "## Recognise", "'Danger signs' is missing"),
        ("## Refer\n", "## Refer\n\n## Follow up\n", "section 'Refer' is empty"),
        ("## Recognise", "## Follow up", "'Danger signs' must stand above 'Follow up'"),
        ("## Recognise", "- A line too early. [s1]\n\n## Recognise", "above the first heading"),
        ("with sunken eyes", " ".join(["sunken"] * 30), "more than 35"),
        ("- Give small sips from a cup.", "Give small sips.", "write it as a bullet"),
        ("Weigh the child", "Weigh the child. Undress the child", "more than one sentence"),
        ("starts. [s1]", "starts.", "must end with its tag"),
        ("starts. [s1]", "starts. [s9]", "tag [s9] has no source"),
        ("(2024 guideline) [s2]", "(2024 guideline) [s1]", "source s2 is not used"),
        ("(2024 guideline) [s2]", "(2024 guideline) [s1]", "'Sources differ' needs two tags"),
        ("small sips", "2 sips", "must end with its tag"),
    ],
)
def test_body(old: str, new: str, message: str) -> None:
    assert message in messages(changed(old, new))


def test_a_body_too_short_or_too_long() -> None:
    long = "\n".join(["- " + "word " * 30 + "[s1]"] * 10)
    assert "words, not 150 to 450" in messages(with_line(long))
    short = GOOD[: GOOD.index("## Assess")]
    assert "words, not 150 to 450" in messages(short.encode())


@pytest.mark.parametrize(
    "line",
    [
        "- See plan C.",
        "- No danger sign is specific to this card; use general danger signs.",
        "- Treat Plasmodium falciparum, P. vivax and E. coli by the local list. [s1]",
        "- A pulse above 120 beats a minute, or a GCS below 9, is a danger sign. [s1]",
        "- Give fluid from a drip over 30 minutes: 10 mL for each kilogram. [s1]",
        "- A fever of 38 C or more, or breathing 50 or more breaths a minute. [s1]",
        "- The 2014 chart and the 2024 guideline agree on 1,000 mg. [s1]",
        "- Reduce prednisolone from 40 to 20 mg after 5 days. [s1]",
        "- The pinch goes back very slowly (over 2 seconds, as printed). [s1]",
        "- Vitamin B12, L3-L4, SpO2 below 90% and mhGAP guide 2.0 are names. [s1]",
        "- Count 30 compressions to 2 breaths in a child aged 0-12 months. [s1]",
    ],
)
def test_lines_that_are_right(line: str) -> None:
    assert faults(with_line(line)) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("- Give 5 mcg. [s1]", "forbidden abbreviation 'mcg'"),
        ("- Give 5 mg bd. [s1]", "forbidden abbreviation 'bd'"),
        ("- Give 5 mg PO. [s1]", "forbidden abbreviation 'PO'"),
        ("- Give 5 mg for 5/7. [s1]", "forbidden abbreviation '5/7'"),
        ("- Give 10 U of insulin. [s1]", "write 'units' in full"),
        ("- Give .5 mg. [s1]", "before the decimal point"),
        ("- Give 5.0 mg. [s1]", "no .0 after"),
        ("- Give 5. mg. [s1]", "nothing stands after the point"),
        ("- Give 1,5 mg. [s1]", "only parts thousands"),
        ("- Give 1500 mg. [s1]", "needs its comma"),
        ("- Give 2000 mg. [s1]", "needs its comma"),
        ("- Give 1O mg. [s1]", "looks like a figure"),
        ("- The count is below 60. [s1]", "no unit and no noun"),
        ("- Wait 10-5 minutes. [s1]", "reversed"),
        ("- Wait 10 to 5 minutes. [s1]", "reversed"),
        ("- Wait 5-5 minutes. [s1]", "same number twice"),
        ("- Give 500 mg to 1 g. [s1]", "write both ends in one unit"),
        ("- A fever over 38 C is high. [s1]", "leaves the edge open"),
        ("- A pinch that lasts over 2 seconds is slow. [s1]", "leaves the edge open"),
        ("- Give 5 mg. [confirm] [s1]", "nobody confirmed"),
        ("- Consider an X-ray. [s1]", "no 'consider'"),
        ("- You may want to wait. [s1]", "no 'may want to'"),
        ("- A normal count rules out sepsis. [s1]", "nothing 'rules out'"),
        ("- ORS is completely safe. [s1]", "no promise of safety"),
        ("- Treat as above. [s1]", "must stand alone"),
        ("- Use <b>ORS</b>. [s1]", "no HTML"),
        ("- Give 5 \u00b5g. [s1]", "not plain ASCII"),
        ("- Give ORS\u2019s powder. [s1]", "not plain ASCII"),
        ("- Give\tORS. [s1]", "a tab"),
        ("- Give ORS. [s1] ", "spaces at the end"),
    ],
)
def test_numbers_and_words(line: str, message: str) -> None:
    assert message in messages(with_line(line))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("- Zinc: 20 mg once daily for 10 days, maximum 20 mg a day. [s1]", "no route"),
        ("- Zinc: 20 mg by mouth for 10 days, maximum 20 mg. [s1]", "no how often"),
        ("- Zinc: 20 mg by mouth every 24 hours, maximum 20 mg a day. [s1]", "no how long"),
        ("- Zinc: 20 mg by mouth once daily for 10 days. [s1]", "no maximum"),
        (
            "- Zinc: 20 mg once by mouth, maximum 20 mg; ORS 75 mL by mouth. [s1]",
            "one dose a line",
        ),
        ("- Aspirin: 20 mg once by mouth for 1 day, maximum 20 mg. [s1]", "names no medicine"),
        (
            "- Amoxicillin after zinc: 20 mg once daily by mouth for 5 days, maximum 1 g. [s1]",
            "'amoxicillin' is not in the card's",
        ),
        (
            "- Zinc by mouth once daily for 10 days, maximum 20 mg a day: aged 2 months up to "
            "6 months 10 mg; aged 5 months up to 5 years 20 mg. [s1]",
            "bands overlap",
        ),
        (
            "- Zinc by mouth once daily for 10 days, maximum 20 mg a day: 4 up to 6 kg 10 mg, "
            "7 up to 9 kg 20 mg. [s1]",
            "a gap between bands",
        ),
    ],
)
def test_medicines(line: str, message: str) -> None:
    assert message in messages(with_line(line, "Medicines"))


@pytest.mark.parametrize(
    "line",
    [
        "- Zinc: 20 mg by mouth once daily for 10 days; max: none stated by source. [s1]",
        "- Do not give amoxicillin 500 mg for watery stools in a child. [s1]",
        "- Zinc in a band table, by mouth once daily for 10 days, maximum 20 mg a day: aged "
        "2 months up to 6 months 10 mg, 6 months up to 5 years 20 mg. [s1]",
    ],
)
def test_medicine_lines_that_are_right(line: str) -> None:
    assert faults(with_line(line, "Medicines")) == []


def test_a_listed_medicine_must_be_used() -> None:
    data = changed('["ors", "zinc-sulfate"]', '["ors", "zinc-sulfate", "morphine"]')
    assert "'morphine' is listed" in messages(data)


def test_sending_away_at_once_needs_a_red_flag() -> None:
    data = with_line("- Refer now a child who is hard to wake. [s1]", "Refer")
    assert faults(data) == []
    assert "names no red flag" in messages(
        data.replace(b'red_flags = ["dehydration"]', b"red_flags = []")
    )


def test_a_withdrawn_card_needs_no_body() -> None:
    text = GOOD[: GOOD.index("## Recognise")] + "Withdrawn: see the card cholera.\n"
    assert faults(text.replace("draft-not-clinician-reviewed", "withdrawn").encode()) == []


def test_a_fault_is_told_at_its_line() -> None:
    data = with_line("- Give 5 mcg for 2 days. [s1]")
    place = data.decode().split("\n").index("- Give 5 mcg for 2 days. [s1]") + 1
    assert [fault.line for fault in faults(data)] == [place]


def test_the_command_prints_faults_and_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sample-card.md").write_bytes(changed('kind = "treat"', 'kind = "cure"'))
    assert main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith(f"{tmp_path / 'sample-card.md'}:9: `kind` must be one of")
    assert main([str(tmp_path / "absent.md")]) == 1
    assert "no such file" in capsys.readouterr().out


def test_the_same_id_in_two_folders(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "sample-card.md").write_text(GOOD, encoding="utf-8")
    found = list(lint_paths([tmp_path], tmp_path, TODAY))
    assert sum("another card has the id" in fault for fault in found) == 2


def test_every_planned_topic_is_known_once() -> None:
    topics = planned()
    assert len(topics) == 257
    assert {"cholera", "abcde-approach"} <= topics.keys()


def test_every_card_of_the_starter_library_is_in_order() -> None:
    cards = [parse_card(file.read_bytes(), file.stem) for file in card_files(TOPICS)]
    newest = max((date.fromisoformat(card.document.reviewed) for card in cards), default=TODAY)
    assert list(lint_paths([TOPICS], TOPICS, newest)) == []


def test_every_card_lies_in_the_folder_of_its_group() -> None:
    topics = planned()
    for file in card_files(TOPICS):
        assert topics[file.stem] == file.parent.name, file
