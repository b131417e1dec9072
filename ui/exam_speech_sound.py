"""Sounds of a ward that are no speech, made up by rule: silence, fans, tones, alarms and sweeps.

Every sound is made from a seed, so that a figure can be had again. The pulses of `patient_alarm`
follow the pattern of IEC 60601-1-8 (medical electrical equipment, alarm systems, high priority).
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from speech.audio.clip import RATE, Samples

Wave = NDArray[np.float64]
Random = np.random.Generator
SNRS_DB = (0, 5, 10, 20)
"""How far a sound stands above the noise of the room."""
_PIECE_S = 30.0


def silence(_random: Random, times: Wave) -> Wave:
    """Digital silence."""
    return np.zeros_like(times)


def hiss(random: Random, times: Wave) -> Wave:
    """A microphone in a quiet room."""
    return random.normal(0, 1, len(times))


def fan(random: Random, times: Wave) -> Wave:
    """A fan: noise that falls towards high tones, with the hum of its motor."""
    hum = sum(np.sin(2 * np.pi * 50 * part * times) / part for part in (1, 2, 3))
    return _falling(random, len(times), 1.0) + 0.2 * hum


def suction(random: Random, times: Wave) -> Wave:
    """A suction pump or a ventilator: noise that swells and sinks."""
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * random.uniform(0.2, 0.9) * times)
    return _falling(random, len(times), 0.5) * swell


def tone(random: Random, times: Wave) -> Wave:
    """One tone that is held, pure or square."""
    wave = np.sin(2 * np.pi * random.uniform(150, 3000) * times)
    return np.sign(wave) if random.random() < 0.5 else wave


def beeps(random: Random, times: Wave) -> Wave:
    """A monitor: short tones at the pace of a pulse."""
    pace = random.uniform(0.4, 1.2)
    return tone(random, times) * _smooth((times % pace) < random.uniform(0.06, 0.2))


def patient_alarm(random: Random, times: Wave) -> Wave:
    """Five pulses in two groups, again and again."""
    base, wave = random.uniform(150, 1000), np.zeros_like(times)
    for start in (0.0, 0.25, 0.5, 1.0, 1.25):
        inside = ((times % 2.5) >= start) & ((times % 2.5) < start + 0.15)
        high = 1.0 if start < 0.9 else 1.5
        partials = sum(np.sin(2 * np.pi * base * high * n * times) / n for n in (1, 2, 3, 4))
        wave += partials * _smooth(inside)
    return wave


def sweep(random: Random, times: Wave) -> Wave:
    """A siren: a tone, or one with partials, that glides up, or up and down."""
    low, period = random.uniform(150, 900), float(np.exp(random.uniform(-1.2, 1.4)))
    phase = (times / period) % 1
    glide = phase if random.random() < 0.5 else np.abs(2 * phase - 1)
    return _partials(random, np.asarray(low * random.uniform(1.3, 3.0) ** glide))


def any_alarm(random: Random, times: Wave) -> Wave:
    """An alarm that nobody has heard yet: glides, steps, partials and pauses by chance."""
    low, period = float(np.exp(random.uniform(4.8, 7.3))), float(np.exp(random.uniform(-1.9, 1.4)))
    phase = (times / period) % 1
    shapes = np.stack(
        (
            phase,
            np.abs(2 * phase - 1),
            (phase > 0.5) * 1.0,
            0.5 + 0.5 * np.sin(2 * np.pi * phase),
        )
    )
    glide = low * random.uniform(1.1, 3.0) ** shapes[random.integers(4)]
    wave = _partials(random, np.asarray(glide))
    if random.random() < 0.6:
        on, off = random.uniform(0.06, 0.8), random.uniform(0.05, 1.2)
        wave = wave * _smooth((times % (on + off)) < on)
    return wave


KINDS: dict[str, Callable[[Random, Wave], Wave]] = {
    "silence": silence,
    "hiss": hiss,
    "fan": fan,
    "suction": suction,
    "tone": tone,
    "beeps": beeps,
    "patient alarm": patient_alarm,
    "sweep": sweep,
    "any alarm": any_alarm,
}


def pieces(kind: str, minutes: float, seed: int) -> Iterator[Samples]:
    """So many minutes of one kind of sound, in pieces of half a minute, at several levels."""
    random = np.random.default_rng([seed, list(KINDS).index(kind)])
    for number in range(max(1, round(minutes * 60 / _PIECE_S))):
        times = np.arange(int(_PIECE_S * RATE)) / RATE
        wave = KINDS[kind](random, times)
        yield _in_a_room(random, wave, SNRS_DB[number % len(SNRS_DB)])


def _in_a_room(random: Random, wave: Wave, snr_db: float) -> Samples:
    power = float((wave**2).mean())
    if not power:
        return wave.astype(np.float32)
    room = _falling(random, len(wave), 0.5)
    room *= np.sqrt(power / (room**2).mean()) * 10 ** (-snr_db / 20)
    both = wave + room
    level = 10 ** (-random.uniform(3, 30) / 20)
    heard: Samples = (level * both / np.abs(both).max()).astype(np.float32)
    return heard


def _partials(random: Random, frequency: Wave) -> Wave:
    turn = 2 * np.pi * np.cumsum(frequency) / RATE
    fall, wave = random.uniform(0.3, 1.5), np.zeros_like(turn)
    for part in range(1, int(random.choice([1, 2, 3, 5, 8, 12])) + 1):
        audible = frequency * part < 0.45 * RATE
        wave += np.sin(part * turn + random.uniform(0, 6.28)) / part**fall * audible
    return wave


def _falling(random: Random, count: int, power: float) -> Wave:
    """Noise whose strength falls with its frequency."""
    spectrum = np.fft.rfft(random.normal(0, 1, count))
    frequency = np.fft.rfftfreq(count, 1 / RATE)
    noise = np.fft.irfft(spectrum / np.maximum(frequency, 20) ** power, count)
    loud: Wave = noise / np.abs(noise).max()
    return loud


def _smooth(gate: NDArray[np.bool_]) -> Wave:
    """A gate without clicks: 20 ms from off to on."""
    window = np.hanning(int(0.02 * RATE))
    return np.convolve(gate.astype(float), window / window.sum(), "same")
