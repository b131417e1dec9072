"""Made-up referral letters and prescriptions with known content, each from a seed."""

import random
from collections.abc import Sequence

from kb.medicine_names import NamedMedicine
from ui.exam_reading_papers import FAMILY, GIVEN, MAKERS, Cell, Paper

_ILL = ("pneumonia", "severe malaria", "pre-eclampsia", "anaemia")
_DOSES = (
    "1 tablet twice daily for 5 days",
    "500 mg every 8 hours for 7 days",
    "10 mL once daily",
    "1 capsule three times a day for 5 days",
    "2 tablets once daily for 3 days",
)


def letter(seed: int, medicines: Sequence[NamedMedicine]) -> Paper:
    """A referral letter or a prescription."""
    draw = random.Random(f"letter-{seed}")  # noqa: S311 - no secrets are made
    age, sex, weight = draw.randint(1, 90), draw.choice("MF"), draw.randint(8, 95)
    upper, lower = draw.randint(85, 190), draw.randint(50, 84)
    day, month, year = draw.randint(13, 28), draw.randint(1, 12), draw.randint(2024, 2026)
    chosen = draw.sample(list(medicines), 2)
    rows = [
        (
            Cell(
                draw.choice(("REFERRAL LETTER", "PRESCRIPTION", "Referral Form")),
                0.2,
                1.5,
                bold=True,
            ),
        ),
        (
            Cell(f"{draw.choice(MAKERS)} Health Centre", 0),
            Cell(f"Date: {day:02}/{month:02}/{year}", 0.6),
        ),
        (
            Cell(f"Name: {draw.choice(GIVEN)} {draw.choice(FAMILY)}", 0),
            Cell(f"Age: {age} years", 0.6),
        ),
        (Cell(f"Sex: {'Male' if sex == 'M' else 'Female'}", 0), Cell(f"Weight: {weight} kg", 0.6)),
        (
            Cell(f"Blood pressure: {upper}/{lower} mmHg", 0),
            Cell(f"Pulse: {draw.randint(50, 140)}", 0.6),
        ),
        (
            Cell(
                f"Diagnosis: {draw.choice(_ILL)}",
                0,
            ),
        ),
        (Cell("Rx", 0, 1.2),),
        *((Cell(f"{one.name.capitalize()}  {draw.choice(_DOSES)}", 0.05),) for one in chosen),
        (Cell("Yours sincerely", 0),),
    ]
    truth = {
        "age": {"value": str(age), "unit": "y"},
        "sex": {"value": sex.lower()},
        "weight": {"value": str(weight), "unit": "kg"},
        "blood_pressure": {"value": f"{upper}/{lower}"},
        "date": {"value": f"{year}-{month:02}-{day:02}"},
        **{f"medicine {at}": {"value": one.name} for at, one in enumerate(chosen)},
    }
    return Paper("letter", tuple(rows), truth, wide=0.8)
