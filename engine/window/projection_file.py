"""Where the projection was pulled to, kept in the rig file: who lines a projector up once does so for good.

    [parameters.projection]
    rotate = "90"
    mask = 0.05
    corners.left-top = {x = 0.012, y = -0.004}
"""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from engine.cues import Cue
from engine.debounce import Debounce, replace
from engine.parameters import Parameters
from engine.values import EngineStatus, Scene

ROOT = "projection"
BLOCK = re.compile(rf"^\[parameters\.{ROOT}\]\n(?:[^\[\n][^\n]*\n?|\n(?!\[))*", re.MULTILINE)


class ProjectionFile:
    """A port that writes projection/... into the rig file when it was turned, and nothing else of that file.

    rig None keeps it nowhere. notices says why it could not be written.
    """

    def __init__(self, parameters: Parameters, rig: Path | None):
        self.parameters, self.rig, self.trouble = parameters, rig, ""
        self.rest = Debounce(self.values())

    @property
    def notices(self) -> tuple[str, ...]:
        return (self.trouble,) if self.trouble else ()

    def values(self) -> dict[str, float | str]:
        return {path: entry.value for path, entry in self.parameters.below(ROOT).items()}

    def send(self, scene: Scene, cues: Iterable[Cue], status: EngineStatus, now: float) -> None:
        """It has to do with no frame."""

    def tick(self, now: float) -> None:
        """Write the file once the projection has rested for a second; now in seconds."""
        if self.rig is not None and self.rest.over(self.values(), now):
            self.write()

    def close(self, now: float) -> None:
        """The show is over: what was pulled last is kept as well."""
        if self.rig is not None:
            self.rest.over(self.values(), now)
            self.write()

    def write(self) -> None:
        """Replace the file's block in one piece, unless it says so already."""
        if not self.rest.take():
            return
        try:
            text = BLOCK.sub("", self.rig.read_text("utf-8")).rstrip("\n") + f"\n\n{block(self.rest.seen)}"
            tomllib.loads(text)
            replace(self.rig, text)
            self.trouble = ""
        except (OSError, ValueError) as error:  # a disk, or a file that says projection in words of its own
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            self.trouble = (f"{self.rig} does not keep the projection ({reason:.80}): "
                            "write [parameters.projection] yourself")


def block(values: dict[str, float | str]) -> str:
    """The lines of the file for values by path below projection/."""
    lines, corners = [f"[parameters.{ROOT}]"], {}
    for path, value in values.items():
        name, _, axis = path.rpartition("/")
        if name:
            corners.setdefault(name.replace("/", "."), []).append(f"{axis} = {round(value, 5)}")
        else:
            lines.append(f'{path} = "{value}"' if isinstance(value, str) else f"{path} = {round(value, 5)}")
    return "\n".join([*lines, *(f"{name} = {{{', '.join(axes)}}}" for name, axes in corners.items())]) + "\n"
