"""The texts that every prompt of a family begins with: the only ones of which a state is kept."""

from assistant.writing.prompts import prompts_of
from assistant.writing.templates import families


def shared_texts() -> tuple[str, ...]:
    """System texts of all roles and families, as they are shipped."""
    found = (
        texts["system"].strip()
        for family in families()
        for texts in prompts_of(family).roles.values()
    )
    return tuple(dict.fromkeys(found))
