"""How a question was understood in its conversation, in words. Pure."""

from collections.abc import Mapping

from assistant.follow_up.conversation import Understood
from assistant.messages import Fact
from ui.render_text import fact_words

ASKED = "Understood as: "
PATIENT = "Patient, as said earlier: "
ANEW = "A new conversation was begun: "
_SAID = {
    ("pregnant", "true"): "pregnant",
    ("pregnant", "false"): "not pregnant",
    ("postpartum", "true"): "after giving birth",
    ("sex", "m"): "male",
    ("sex", "f"): "female",
}


def understood_lines(understood: Understood) -> tuple[str, ...]:
    """What a person has to check; nothing where a question was taken as it stands."""
    lines = [ANEW + understood.anew] if understood.anew else []
    if understood.is_joined:
        lines.append(ASKED + understood.meant.asked)
    patient = patient_words(understood)
    if patient:
        lines.append(f"{PATIENT}{', '.join(patient)}")
    return tuple(lines)


def patient_words(understood: Understood) -> tuple[str, ...]:
    """What was said of the patient earlier and is used now."""
    has_age = any(fact.name == "age_days" for fact in understood.kept)
    kept = [one for one in understood.kept if not (has_age and one.name == "age_group")]
    said = [_words(fact) for fact in kept]
    said += [f"allergic to {name}" for name in understood.allergies]
    said += [f"takes {name.replace('-', ' ')}" for name in understood.drugs]
    return tuple(said)


def understood_json(understood: Understood) -> Mapping[str, object]:
    """The same for programs."""
    return {
        "typed": understood.typed,
        "understood": understood.meant.asked,
        "joined": understood.is_joined,
        "patient": list(patient_words(understood)),
        "begun_anew": understood.anew or None,
        "earlier_dangers": [flag.id for flag in understood.after.flags],
    }


def _words(fact: Fact) -> str:
    if fact.name == "age_group":
        return fact.value.replace("_", " ")
    return _SAID.get((fact.name, fact.value)) or fact_words(fact)
