"""Profiles by name, one for each kind of receiver."""

from engine.osc.profiles.augmenta import Augmenta
from engine.osc.profiles.map import Map
from engine.osc.profiles.neocog import Neocog
from engine.osc.profiles.split import Split
from engine.osc.profiles.tsps import Tsps
from engine.osc.profiles.tuio import Tuio
from engine.osc.profiles.wekinator import Wekinator

PROFILES = {
    "neocog": Neocog, "split": Split, "wekinator": Wekinator, "tuio": Tuio, "augmenta": Augmenta, "tsps": Tsps,
    "map": Map,
}  # fmt: skip
