"""Neocog plays a convolutional network like an instrument: what a patch imports stands here."""

from engine.cues import Control, Note, Osc, Say
from engine.draw import DrawCircle, DrawLine, DrawText
from engine.parameter import Param
from engine.signals.scales import scale
from engine.signals.shaping import Envelope, Range, Smooth, curve
from engine.signals.signal import Signal
from engine.signals.triggers import After, Every, Trigger
from engine.tracking.zones import Line, Zone

__all__ = ["After", "Control", "DrawCircle", "DrawLine", "DrawText", "Envelope", "Every", "Line", "Note", "Osc",
           "Param", "Range", "Say", "Signal", "Smooth", "Trigger", "Zone", "curve", "scale"]
