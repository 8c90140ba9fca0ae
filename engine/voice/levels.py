"""What of the voice is turned while it plays, in the order that a mix has it."""

from engine.parameter import Param
from engine.parameters import Parameters

LEVELS = {
    "voice/volume": Param(1.0, 0.0, 4.0, "loudness of the voice, 1 as recorded"),
    "voice/reverb": Param(0.0, 0.0, 1.0, "how much room there is around it"),
    "voice/decay": Param(1.5, 0.1, 20.0, "how long the room sounds on", "log", "s"),
}


def declare(parameters: Parameters) -> None:
    for path, param in LEVELS.items():
        parameters.number(path, *param.span, param.about, param.unit, param.curve)
