"""`aidpost listen --talk`: a conversation at a desk, hands free or by wake word."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from speech.errors import NoVoice, VoiceFailed

if TYPE_CHECKING:
    from speech.talk.state import Mode
    from speech.voice.voices import Voice
    from ui.settings import Settings
    from ui.speech_sound import Player, Readable

_BLOCK = 3200
"""Bytes of a tenth of a second."""
How = tuple[float, bool, str]
"""Seconds of silence that end speech, whether a headset is worn, and the path of a wake word."""


def lead(source: "Readable", language: str, model: str, how: How) -> None:
    """Talk until the sound ends or Ctrl-C."""
    from dataclasses import replace  # noqa: PLC0415

    from speech.hearing.endpoint import EndSettings  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.speech_bedside import open_wake_word, session_parts  # noqa: PLC0415
    from ui.speech_desk import DeskTalk  # noqa: PLC0415
    from ui.speech_session_parts import SessionOptions  # noqa: PLC0415
    from ui.speech_wiring import open_recogniser  # noqa: PLC0415
    from ui.wiring import open_desk  # noqa: PLC0415

    silence, headset, wake_word = how
    settings, banners = load_settings()
    recogniser, desk = open_recogniser(settings.home, model), open_desk(settings, banners)
    voice, player = _loudspeaker(settings)
    parts = session_parts(desk, recogniser, voice, EndSettings(silence_s=silence))
    parts = replace(parts, wake=open_wake_word(wake_word))
    mode: Mode = "wake_word" if wake_word else "hands_free"
    options = SessionOptions(language, mode, barge_in=headset)
    talk = DeskTalk(parts, options, player, click.echo)
    try:
        talk.listen(_blocks(source))
    finally:
        talk.close()
        recogniser.close()
        desk.close()


def _loudspeaker(settings: "Settings") -> "tuple[Voice | None, Player | None]":
    """What speaks and what plays; without one of them everything is only shown."""
    from ui.speech_sound import Player, player_command  # noqa: PLC0415
    from ui.speech_wiring import open_voices  # noqa: PLC0415

    try:
        return open_voices(settings.home), Player(player_command())
    except (NoVoice, VoiceFailed) as error:
        click.echo(str(error), err=True)
        return None, None


def _blocks(source: "Readable") -> Iterator[bytes]:
    while block := source.read(_BLOCK):
        yield block
