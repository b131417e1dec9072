"""Doses worked out a second time, from the raw tables and the rules of the format alone.

Shares no code with the engine: fractions instead of decimals, dictionaries instead of classes. Rules:
bands are half-open; adults are 12 years and over and 40 kg or more, and everybody from 18 years on;
newborns are up to 28 days and young infants up to 59 days old; a child's row begins after that unless
it names a lower age; weight wins over an upper age; nothing is given outside of a row's limits; no
dose is above the maximum of a dose, or of a day shared by the fewest doses; what has no maximum of a
dose is held to the dose of an adult.
"""

from fractions import Fraction
from typing import Any

DAYS = {"days": Fraction(1), "months": Fraction("30.4375"), "years": Fraction("365.25")}

Raw = dict[str, Any]
Given = tuple[Fraction, Fraction]


def exact(value: object) -> Fraction:
    return Fraction(str(value))


def day_limit(row: Raw, stem: str) -> int | None:
    for unit, size in DAYS.items():
        if f"{stem}_{unit}" in row:
            return round(exact(row[f"{stem}_{unit}"]) * size)
    return None


def grown(age: int, kg: Fraction) -> bool:
    if age >= round(18 * DAYS["years"]):
        return True
    return age >= round(12 * DAYS["years"]) and kg >= 40


def in_group(row: Raw, age: int, kg: Fraction, *, pregnant: bool) -> bool:
    low, high = day_limit(row, "age_min"), day_limit(row, "age_max")
    group = row["population"]
    if group == "any":
        return True
    if group == "pregnant":
        return pregnant and age >= round(10 * DAYS["years"])
    if group in ("neonate", "young_infant"):
        last = 28 if group == "neonate" else 59
        return age <= last or (high is not None and age < high)
    if group == "child":
        if grown(age, kg):
            return age < round(18 * DAYS["years"])
        return low is not None or age > 28
    heavy = "weight_min_kg" in row and kg >= exact(row["weight_min_kg"]) and age > 59
    return grown(age, kg) or (low is not None and age >= low) or heavy


def weight_band(row: Raw, kg: Fraction) -> Raw | None:
    for band in row.get("bands", ()):
        if "weight" in band and exact(band["weight"][0]) <= kg < exact(band["weight"][1]):
            return band
    return None


def age_band(row: Raw, age: int) -> Raw | None:
    for band in row.get("bands", ()):
        for unit, size in DAYS.items():
            if f"age_{unit}" in band:
                low, high = (round(exact(end) * size) for end in band[f"age_{unit}"])
                if low <= age < high:
                    return band
    return None


def suits(row: Raw, age: int, kg: Fraction, *, pregnant: bool = False) -> bool:
    """Whether a row is for one of this age in days and weight in kg."""
    low, high = day_limit(row, "age_min"), day_limit(row, "age_max")
    if not in_group(row, age, kg, pregnant=pregnant) or (low is not None and age < low):
        return False
    if "weight_min_kg" in row and kg < exact(row["weight_min_kg"]):
        return False
    if "weight_max_kg" in row and kg >= exact(row["weight_max_kg"]):
        return False
    if any("weight" in band for band in row.get("bands", ())) and weight_band(row, kg) is None:
        return False
    if high is not None and age >= high:
        small = row["population"] in ("child", "any") and not grown(age, kg)
        by_weight = weight_band(row, kg) is not None or "weight_max_kg" in row
        if not (small and (by_weight or high >= round(12 * DAYS["years"]))):
            return False
    by_age = any("weight" not in band for band in row.get("bands", ()))
    return not by_age or age_band(row, age) is not None


def give(row: Raw, age: int, kg: Fraction) -> Given:
    """One dose, low and high, after every maximum."""
    low, high = amount(row, age, kg)
    limits = []
    if "max_per_dose" in row:
        limits.append(exact(row["max_per_dose"]))
    day = [exact(row["max_per_day"])] if "max_per_day" in row else []
    if "max_per_kg_day" in row:
        day.append(exact(row["max_per_kg_day"]) * kg)
    if day:
        limits.append(min(day) / fewest(row))
    if limits:
        low, high = min(low, *limits), min(high, *limits)
    return low, high


def adult_ceiling(row: Raw, rows: list[Raw]) -> Raw:
    """A row by weight that states no maximum gets the largest dose of an adult, if there is one."""
    if row["population"] == "adult" or "max_per_dose" in row:
        return row
    if "per_kg" not in row and "per_kg_day" not in row:
        return row
    parts = ("unit", "basis", "route")
    near = [
        r for r in rows if r["population"] == "adult" and all(r.get(k) == row.get(k) for k in parts)
    ]
    near = [r for r in near if r["indication"] == row["indication"]] or near
    tops = [
        r["max_per_dose"] if "max_per_dose" in r else r["fixed"][1]
        for r in near
        if {"max_per_dose", "fixed"} & r.keys()
    ]
    return {**row, "max_per_dose": max(tops)} if tops else row


def fewest(row: Raw) -> Fraction:
    """The fewest doses of a day; one at least."""
    if "doses_per_day" in row:
        return max(Fraction(1), exact(row["doses_per_day"][0]))
    if "every_hours" in row and exact(row["every_hours"][1]) <= 24:
        return max(Fraction(1), Fraction(24 // exact(row["every_hours"][1])))
    return Fraction(1)


def amount(row: Raw, age: int, kg: Fraction) -> Given:
    if "per_kg" in row:
        return exact(row["per_kg"][0]) * kg, exact(row["per_kg"][1]) * kg
    if "per_kg_day" in row:
        low, high = (exact(end) * kg for end in row["per_kg_day"])
        few, many = (max(Fraction(1), exact(end)) for end in row.get("doses_per_day", [1, 1]))
        return low / many, high / few
    if "fixed" in row:
        return exact(row["fixed"][0]), exact(row["fixed"][1])
    band = weight_band(row, kg) or age_band(row, age)
    assert band is not None
    return exact(band["dose"][0]), exact(band["dose"][1])
