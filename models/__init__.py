"""The networks Neocog ships, in plain torch: load("detector") finds things, "features" is felt, "voice" sings, "paint"
paints; FEATURES are felt in its place."""

from models.disk import FEATURES, NETWORKS, load, save

__all__ = ["FEATURES", "NETWORKS", "load", "save"]
