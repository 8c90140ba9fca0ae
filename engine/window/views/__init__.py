"""The views by name: each is one file with the protocol of view.py, and one line here."""

from torch import nn

from engine.window.views.attribution import Attribution
from engine.window.views.brightness import Brightness
from engine.window.views.camera import camera
from engine.window.views.classes import Classes
from engine.window.views.confusion import Confusion
from engine.window.views.dream import Dream
from engine.window.views.filters import Filters
from engine.window.views.network import Network
from engine.window.views.objects import Objects
from engine.window.views.paint import Paint
from engine.window.views.second_pass import SecondPass
from engine.window.views.space import Space
from engine.window.views.unit import Unit
from engine.window.views.view import View
from engine.window.views.wall import Wall
from models.feature_pictures import unit_pictures

NAMES = ("network", "wall", "unit", "camera", "objects", "classes", "filters", "attribution", "dream", "space",
         "paint", "confusion")


def views(network: nn.Module | None = None, name: str = "") -> dict[str, View]:
    """All views of a show. network is the plain feature network and name what it is called among those that ship."""
    brightness, second_pass = Brightness(network), SecondPass(network)
    made = (Network(brightness), Wall(brightness), Unit(brightness, unit_pictures(name), second_pass), camera,
            Objects(), Classes(), Filters(second_pass), Attribution(second_pass), Dream(second_pass), Space(),
            Paint(second_pass.device), Confusion(network))
    return dict(zip(NAMES, made, strict=True))
