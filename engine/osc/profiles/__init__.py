"""Profiles by name, one for each kind of receiver."""

from engine.osc.profiles.neocog import Neocog
from engine.osc.profiles.split import Split

PROFILES = {"neocog": Neocog, "split": Split}
