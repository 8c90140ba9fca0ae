"""neocog look: both networks over pictures, told to a person or to a program."""

import json
from collections.abc import Iterator

from engine.capture.pictures import KINDS
from engine.capture.sources import open_source
from engine.errors import UserError
from engine.values import Percept
from engine.vision.best_detector import AUTO, best_detector, speed_here
from engine.vision.inference import Eyes
from engine.vision.networks import open_network

GUESSES = 5  # of the feature network that are told


def look(images: list[str], detector: str, features: str, device: str, runtime: str, threshold: float, as_json: bool
         ) -> None:
    """Print what the networks see in each picture, objects from a score of threshold on.

    UserError for a picture that cannot be read.
    """
    for image in images:
        if not image.lower().endswith(KINDS):
            raise UserError(f"look wants pictures ({' '.join(KINDS)}), found {image!r}: perform with --source to see "
                            "others")
    if detector == AUTO:
        detector, _ = best_detector((), lambda name: speed_here(name, device, runtime))
    eyes = Eyes(open_network(detector), open_network(features, kind="features"), device, runtime, floor=threshold)
    eyes.look_closely()
    tell = as_line if as_json else as_text
    for image in images:
        source = open_source(image, every_frame=True)
        percept = eyes(source.newer(than=-1, timeout=0))
        source.close()
        print("\n".join(tell(image, percept, eyes.detector.classes)))


def as_line(image: str, percept: Percept, classes: tuple[str, ...]) -> Iterator[str]:
    objects = [{"label": classes[int(label)], "score": round(score, 4), "box": [round(side, 5) for side in box]}
               for *box, score, label in percept.detections.tolist()]
    layers = {tap: {name: getattr(layer, name) for name in ("mean", "peak", "sparsity", "entropy", "cx", "cy")}
              for tap, layer in percept.layers.items()}
    guesses = [[guess.name, guess.score] for guess in percept.classes[:GUESSES]]
    yield json.dumps({"file": image, "objects": objects, "classes": guesses, "layers": layers})


def as_text(image: str, percept: Percept, classes: tuple[str, ...]) -> Iterator[str]:
    yield image
    for x, y, w, h, score, label in percept.detections.tolist():
        yield f"  {classes[int(label)]:14} {score:4.0%}  at {x:.2f} {y:.2f}, {w:.2f} wide, {h:.2f} high"
    guesses = [f"{guess.name} {guess.score:.0%}" for guess in percept.classes[:GUESSES] if guess.likely]
    yield "  looks like " + (", ".join(guesses) or "nothing it knows")
    for tap, layer in percept.layers.items():
        yield (f"  {tap:8} mean {layer.mean:.3f}  peak {layer.peak:6.2f}  sparsity {layer.sparsity:.2f}  "
               f"entropy {layer.entropy:.2f}  centre {layer.cx:.2f} {layer.cy:.2f}")
