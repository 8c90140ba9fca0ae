"""Where patches written before `from engine import Param` find it."""

from engine.parameters import Param

__all__ = ["Param"]
