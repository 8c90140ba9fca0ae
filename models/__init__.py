"""The two networks Neocog ships, in plain torch: load("detector") finds things, load("features") is felt."""

from models.disk import NETWORKS, load, save

__all__ = ["NETWORKS", "load", "save"]
