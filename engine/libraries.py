"""Libraries that a show can do without: one that does not load is told in a sentence, with what to do.

Those of devices lean on what a desktop has, as ALSA's library; a server or a container may have none of it. Each is
loaded where it is asked for, not where a module is imported.
"""

from importlib import import_module
from types import ModuleType

from engine.errors import UserError

LIBRARIES = {  # by module: what it is for, and what to do where it does not load
    "supriya_midi": ("midi", "on debian apt install libportaudio2, which brings it"),
    "sounddevice": ("sound", "on debian apt install libportaudio2"),
    "pygame": ("the window", "pip install --force-reinstall pygame (python 3.14: pygame-ce)"),
    "cv2_enumerate_cameras": ("the list of cameras", "pip install --force-reinstall cv2-enumerate-cameras"),
    "cyndilib": ("NDI", 'pip install -e ".[ndi]"'),
    "soundfile": ("flac", "on debian apt install libsndfile1"),
    "onnxruntime": ("ONNX Runtime", "pip install onnxruntime"),
    "openvino": ("OpenVINO", "pip install openvino"),
}


class NotLoaded(UserError):
    """A library that is missing or broken."""


def load(name: str) -> ModuleType:
    """A module of one of LIBRARIES, loaded now if it was not before; NotLoaded says what to do."""
    try:
        return import_module(name)
    except Exception as error:  # what is broken raises anything
        what, mended = LIBRARIES[name.partition(".")[0]]
        reason = str(error).removesuffix(": No such file or directory") or type(error).__name__
        raise NotLoaded(f"{what} does not load ({reason:.200}): {mended}") from error
