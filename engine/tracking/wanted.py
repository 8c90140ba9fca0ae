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
        self.hidden: set[int] = set()  # ids of those alive that the patch did not want in the last frame

    def __call__(self, scene: Scene) -> Scene:
        tracks, before, new = wanted(scene.tracks, self.classes), self.hidden, {track.id for track in scene.born}
        shown = {track.id for track in tracks}
        self.hidden = {track.id for track in scene.tracks} - shown
        born = Tracks(track for track in tracks if track.id in new | before)
        dropped = Tracks(track for track in scene.tracks if track.id in self.hidden - before - new)
        gone = Tracks(track for track in scene.gone if track.id not in before)
        return replace(scene, tracks=tracks, born=born, gone=dropped + gone)
