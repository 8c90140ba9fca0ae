"""Where patches written before `from engine import Param` find it."""

from engine.parameter import Param

__all__ = ["Param"]
