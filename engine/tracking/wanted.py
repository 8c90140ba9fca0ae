"""Which objects a patch gets: those of the classes it names, by default all that are nobody's part."""

from dataclasses import replace

from engine.tracking.parts import WHOLE
from engine.values import Scene, Track, Tracks

PATIENCE = 0.4  # seconds for which a new face may turn out to be somebody's, before it is an object of its own


def wanted(tracks: Tracks, classes: tuple[str, ...] = ()) -> Tracks:
    """Those of these classes; without any, all but parts, and what may become a part once it has not for a while."""
    return Tracks(track for track in tracks if (track.name in classes if classes else not _part(track)))


def _part(track: Track) -> bool:
    return track.part_of > 0 or (track.name in WHOLE and track.age < PATIENCE)


class Wanted:
    """A scene stage: only the objects that a patch wants, born when they come to be wanted, gone when no longer.

    classes may be set anew at any time, when another patch comes on.
    """

    def __init__(self, classes: tuple[str, ...] = ()) -> None:
        self.classes = classes
        self.known: dict[int, Track] = {}

    def __call__(self, scene: Scene) -> Scene:
        tracks, before = wanted(scene.tracks, self.classes), self.known
        self.known = {track.id: track for track in tracks}
        last = {track.id: track for track in scene.tracks + scene.gone}
        born = Tracks(track for track in tracks if track.id not in before)
        gone = Tracks(last.get(id, track) for id, track in before.items() if id not in self.known)
        return replace(scene, tracks=tracks, born=born, gone=gone)
