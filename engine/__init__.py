"""Neocog plays a convolutional network like an instrument: what a patch imports stands here."""

from engine.parameters import Param
from engine.values import Control, Note, Osc, Say

__all__ = ["Control", "Note", "Osc", "Param", "Say"]
