"""The velocity curve of MIDI notes: how hard a key was struck, as the voice's loudness, brightness and attack."""

SOFTEST = 0.4  # the loudness of a velocity near 0: 29 dB below the loudest
BRIGHTER = 0.3  # how much brighter than natural the hardest stroke is, and how much duller the softest


def loudness(velocity: float) -> float:
    """The loudness 0..1 of a velocity 0..1."""
    return SOFTEST + (1 - SOFTEST) * velocity


def brightness(velocity: float) -> float:
    """The brightness 0..1 of a velocity 0..1; 0.5, which is natural, at 0.8."""
    return 0.5 + BRIGHTER * (velocity - 0.8)


def attack(velocity: float) -> float:
    """The attack 0..1 of a velocity 0..1: as bowed at the softest, eight times as quick at the hardest."""
    return velocity**2
