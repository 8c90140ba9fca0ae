"""What a receiver of each profile would make of the packets that arrive: who is there, and where."""

from collections.abc import Sequence

from engine.osc.profiles.profile import AGE, X, Y

MOST = 100  # objects remembered of a profile, so that strangers cannot grow memory
SHOWN = 8  # objects that a line tells of

# address and count of arguments: profile, what it does to an object, and where its id, x and y stand
EVENTS = {
    **{(f"/object/{event}", AGE + 1): ("neocog", event, 0, X, Y) for event in ("enter", "update", "leave")},
    **{(f"/object/{event}", 15): ("augmenta", event, 1, 4, 5) for event in ("enter", "update", "leave")},
    ("/TSPS/personEntered/", 20): ("tsps", "enter", 0, 3, 4),
    ("/TSPS/personUpdated/", 20): ("tsps", "update", 0, 3, 4),
    ("/TSPS/personWillLeave/", 20): ("tsps", "leave", 0, 3, 4),
}


class Understanding:
    """Takes messages as receivers do; lines tell, for each profile that was heard, what such a receiver now knows."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[object, list[float]]] = {}  # by profile and id: x, y
        self.more: dict[str, str] = {}  # by profile: what else there is to tell

    def take(self, address: str, arguments: Sequence) -> None:
        """Take a message; one that means nothing to any profile changes nothing."""
        if event := EVENTS.get((address, len(arguments))):
            profile, what, id, x, y = event
            self.put(profile, arguments[id], None if what == "leave" else [arguments[x], arguments[y]])
            return
        match address.split("/")[1:], list(arguments):
            case ["alive"], ids:
                self.keep("neocog", ids)
            case ["object", slot, "present"], [present]:
                self.put("split", slot, self.of("split").get(slot, [0.0, 0.0]) if present else None)
            case ["object", slot, ("x" | "y") as axis], [value] if slot in self.of("split"):
                self.of("split")[slot]["xy".index(axis)] = value
            case ["tuio", "2Dobj"], ["alive", *ids]:
                self.keep("tuio", ids)
            case ["tuio", "2Dobj"], ["set", id, _, x, y, *_]:
                self.put("tuio", id, [x, y])
            case ["wek", "inputs"], values:
                odd = sum(type(value) is not float for value in values)
                self.of("wekinator")
                self.more["wekinator"] = f"{len(values)} inputs" + (f", {odd} no floats and read as 0" if odd else "")

    def of(self, profile: str) -> dict[object, list[float]]:
        return self.objects.setdefault(profile, {})

    def put(self, profile: str, id: object, place: list[float] | None) -> None:
        """An object is there now, or no longer."""
        there = self.of(profile)
        if place is None:
            there.pop(id, None)
        elif id in there or len(there) < MOST:
            there[id] = place

    def keep(self, profile: str, ids: Sequence) -> None:
        """Whoever is not among these has gone."""
        there = self.of(profile)
        for id in there.keys() - set(ids):
            del there[id]

    def lines(self) -> list[str]:
        """A line for each profile."""
        return [f"{profile}: {self.more.get(profile) or places(there)}" for profile, there in self.objects.items()]


def places(there: dict[object, list[float]]) -> str:
    """How many objects, and where the first of them are."""
    told = [f"{id} at {number(x)} {number(y)}" for id, (x, y) in list(there.items())[:SHOWN]]
    return f"{len(there)} object{'' if len(there) == 1 else 's'}" + (f": {', '.join(told)}" if told else "")


def number(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, (int, float)) else "?"
