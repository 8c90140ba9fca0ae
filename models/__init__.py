"""The networks Neocog ships, in plain torch: load("detector") finds things, "features" is felt, "voice" sings."""

from models.disk import NETWORKS, load, save

__all__ = ["NETWORKS", "load", "save"]
