"""What the patches that read digits share."""

from engine import DrawText, Note, Osc, Trigger, scale

SURE = 0.6


def said(scene, root, heard):
    """Cues for the digit that a network reads: its note when it appears, /digit while it is there, the digit itself."""
    read = [guess for guess in scene.classes if guess.name.isdigit()]
    if not read:  # another network plays
        return
    digit = read[0]
    there = digit.score >= SURE
    yield Osc("/digit", digit.label if there else -1, digit.score)
    for guess in read:
        if heard(guess.score, guess.label):
            yield Note(scale("major", guess.label, int(root)), seconds=0.8)
    if there:
        yield DrawText(digit.name, 0.9, 0.14, 0.2, (1.0, 0.85, 0.5))


def listener():
    """What tells once that a digit has come: surely read, and gone from sight before it is told again."""
    return Trigger(SURE, 0.3)
