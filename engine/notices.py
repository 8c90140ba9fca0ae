"""What is new of a running show's notices, as lines for a log: each cause by itself, in bounded number."""

import re
from collections import OrderedDict

from engine.allowance import Allowance
from engine.values import EngineStatus

COUNTS = re.compile(r"(?<![\w.:'-])\d+(?![\w.:-])")  # and no part of a name or address, which tell two targets apart
PLURAL = re.compile(r"# (\w+?)s?\b")  # one note, two notes: the same notice
NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")  # what differs between notices of one kind
BURST, PAUSE = 30, 60.0  # lines of a kind that are told at once, and seconds until another one is
KINDS = 100  # that are counted apart; of the one that was quiet longest it is forgotten how many lines it had


class Notices:
    """Remembers what was said: a notice comes once, whatever it counts, and "over:" once it no longer holds.

    An answer to somebody is said and never over. What comes and goes too often is told thirty times, then once a
    minute, with the number of lines left out: whatever strangers send, a log grows by less than a megabyte a day for
    each kind.
    """

    def __init__(self):
        self.holding: dict[str, str] = {}  # the notices that hold, by what they are without their counts
        self.answered: set[str] = set()
        self.allowances: OrderedDict[str, Allowance] = OrderedDict()
        self.left_out = 0

    def new(self, status: EngineStatus, now: float) -> list[str]:
        """The lines to say at a moment, in seconds."""
        holding, answers = counted(status.notices), counted(status.answers)
        told = [(f"over: {notice}", notice) for cause, notice in self.holding.items() if cause not in holding]
        told += [(notice, notice) for cause, notice in holding.items() if cause not in self.holding]
        lines = [line for line, notice in told if self.allowed(NAMES.sub("…", notice), now)]
        lines += [line for cause, line in answers.items() if cause not in self.answered and self.allowed("", now)]
        lines = ["".join(letter if letter.isprintable() else " " for letter in line) for line in lines]
        self.holding, self.answered = holding, set(answers)
        if lines and self.left_out:
            lines.append(f"{self.left_out} lines like these were left out")
            self.left_out = 0
        return lines

    def allowed(self, kind: str, now: float) -> bool:
        """Whether a kind may have another line; all answers are one kind, for what they quote is a stranger's."""
        allowance = self.allowances.setdefault(kind, Allowance(1 / PAUSE, BURST))
        self.allowances.move_to_end(kind)
        if len(self.allowances) > KINDS:
            self.allowances.popitem(last=False)
        if allowance.earn(now) < 1:
            self.left_out += 1
            return False
        allowance.left -= 1
        return True


def counted(notices: tuple[str, ...]) -> dict[str, str]:
    """Each notice once, by its cause: what it says without its counts."""
    return {PLURAL.sub(r"# \1", COUNTS.sub("#", notice)): notice for notice in notices}
