"""The detector's pictures and what is known about them: photographs with boxes and proposals, Tiny-ImageNet's boxes.

A picture's rows are (left, top, right, bottom, class, worth) in pixels. Worth is how sure the label is, 0..1; worth 0
means "don't know": inside that box the class is neither rewarded nor punished.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

CLASSES = ("person", "face", "hand", "chair", "couch", "bed", "potted plant", "cup", "bottle", "wine glass", "vase",
           "tv", "laptop", "book", "cell phone", "clock", "dog", "cat", "bird", "car", "motorcycle", "airplane",
           "umbrella", "suitcase")
PERSON, FACE, HAND = (CLASSES.index(name) for name in ("person", "face", "hand"))
ANIMALS = tuple(CLASSES.index(name) for name in ("dog", "cat", "bird"))

SPARED = {-1: ANIMALS, -2: (), -3: (PERSON,)}  # classes that a public detector is not asked about

# What pictures called so certainly show: in Tiny-ImageNet, ImageNet and Caltech-101 the name of a file tells.
NAMED = {
    "dog": "dalmatian", "cat": "tabby tiger_cat Persian_cat Siamese_cat Egyptian_cat",
    "bird": "pigeon rooster flamingo ibis emu goose albatross black_stork king_penguin",
    "cup": "cup coffee_mug espresso", "car": "car_side sports_car convertible beach_wagon limousine cab minivan jeep",
    "bottle": "beer_bottle pop_bottle wine_bottle water_bottle pill_bottle", "laptop": "laptop notebook",
    "chair": "chair windsor_chair rocking_chair folding_chair", "motorcycle": "Motorbikes moped motor_scooter",
    "airplane": "airplanes airliner warplane", "cell phone": "cellphone cellular_telephone", "umbrella": "umbrella",
    "clock": "analog_clock wall_clock digital_clock", "tv": "television monitor", "vase": "vase",
    "couch": "studio_couch", "wine glass": "red_wine goblet",
}
# What pictures called so may well show, or something too like it to punish.
LIKE = {
    "dog": "timber_wolf white_wolf red_wolf coyote dingo dhole African_hunting_dog hyena red_fox kit_fox grey_fox",
    "cat": "garfield cougar cougar_face cougar_body Leopards wild_cat lynx leopard snow_leopard jaguar lion tiger",
    "cup": "teapot beaker plate dining_table ice_cream candle wooden_spoon bucket mashed_potato soup_bowl pitcher",
    "bottle": "water_jug butcher_shop confectionery refrigerator syringe beaker whiskey_jug lotion",
    "wine glass": "dining_table beaker plate hourglass", "vase": "teapot water_jug beaker bucket lampshade ewer",
    "chair": "desk dining_table barbershop throne barber_chair wheelchair", "couch": "rocking_chair",
    "tv": "desk space_heater scoreboard computer_keyboard CD_player screen desktop_computer home_theater",
    "laptop": "desk computer_keyboard", "book": "comic_book abacus book_jacket bookshop library bookcase",
    "cell phone": "iPod remote_control", "clock": "stopwatch magnetic_compass hourglass watch sundial",
    "car": "moving_van police_van school_bus trolleybus tractor go-kart freight_car parking_meter jinrikisha",
    "motorcycle": "go-kart", "potted plant": "lakeside fountain picket_fence thatch dining_table bonsai",
    "suitcase": "backpack chest", "bird": "birdhouse", "umbrella": "poncho",
    "bed": "dining_table", "airplane": "bullet_train projectile",
}
# Caltech-101's animals that are none of ours; ImageNet's stand first in the numbers of its synsets.
BEASTS = """llama kangaroo okapi gerenuk beaver elephant rhino panda hedgehog platypus crocodile crocodile_head
hawksbill ant butterfly crab crayfish dolphin dragonfly lobster octopus scorpion sea_horse starfish tick
mayfly brontosaurus stegosaurus nautilus trilobite bass lotus sunflower water_lilly strawberry""".split()
LAST_ANIMAL = 2655020


@dataclass(frozen=True, slots=True)
class Picture:
    """pixels (H, W, 3) uint8 RGB; rows (N, 6) float32 as above."""

    name: str
    pixels: np.ndarray
    rows: np.ndarray


def named(table: dict[str, str], name: str) -> set[int]:
    """The classes under which a table lists a name."""
    return {CLASSES.index(label) for label, words in table.items() if name in words.split()}


def breed(synset: int) -> set[int]:
    """Dogs and birds of ImageNet, which stand together in the numbers of its synsets."""
    if 2085620 <= synset <= 2113978:
        return {CLASSES.index("dog")}
    birds = ((1514668, 1622779), (1795545, 1860187), (2002556, 2058221))
    return {CLASSES.index("bird")} if any(low <= synset <= high for low, high in birds) else set()


def held_out(name: str) -> bool:
    """One picture in ten, by its name, is for testing only."""
    return zlib.crc32(name.encode()) % 10 == 0


def describe(name: str) -> tuple[str, set[int], set[int], bool]:
    """From a photograph's file name: its pool, the classes it certainly and may show, whether it is another animal."""
    pool, _, rest = name.partition("-")
    if pool == "imagenet":
        synset, _, word = rest.partition("_")
        shows, beast = named(NAMED, word) | breed(int(synset[1:])), int(synset[1:]) <= LAST_ANIMAL
    else:
        word = rest.partition("-")[0]
        shows, beast = named(NAMED, word), word in BEASTS
    return pool, shows, named(LIKE, word), beast


def appraise(name: str, rows: np.ndarray, wide: int, high: int) -> np.ndarray:
    """Turn label rows with confidences into rows with worths, by what each pool is known to label."""
    pool, shows, like, beast = describe(name)
    whole = [0, 0, wide, high]
    confidence, labels = rows[:, 5].copy(), rows[:, 4].astype(int)
    single = pool in ("imagenet", "caltech")  # one thing fills the picture and often puzzles a public detector
    enough = np.where(single & ~np.isin(labels, (PERSON, FACE, *shows)), 0.6, 0.45)
    rows[:, 5] = np.where(confidence >= enough, np.sqrt(confidence), 0)
    keep, extra = np.ones(len(rows), bool), []
    if pool == "hand":
        rows[~np.isin(labels, (FACE, HAND)), 5] = 0
        keep &= ~np.isin(labels, ANIMALS)  # what a public detector takes for a cat there is a hand
        extra += [[*whole, PERSON, 0]]
    else:
        blind = (HAND, FACE) if pool == "coco" else (HAND,)
        extra += [[*row[:4], label, 0] for row in rows[labels == PERSON] for label in blind]
    for label in shows:
        mine = np.flatnonzero(labels == label)
        if len(mine):
            rows[mine[confidence[mine].argmax()], 5] = 1
        else:
            extra += [[*whole, label, 0]]
    for label in like - shows:
        rows[labels == label, 5] = 0
        extra += [[*whole, label, 0]]
    if beast or shows & set(ANIMALS):
        keep &= ~np.isin(labels, [label for label in (*ANIMALS, FACE) if label not in shows | like])
    return np.concatenate((rows[keep], np.array(extra, np.float32).reshape(-1, 6))).astype(np.float32)


def belief(name: str) -> int:
    """What a public detector may be believed about in a picture: a key of SPARED, or 0 for nothing.

    As the worth of a row it marks the region where the picture lies. Where people drew the boxes they are believed; in
    pictures of one thing a public detector takes too much for an animal, and tiles are too coarse for it.
    """
    return {"person": -3, "indoor": -2, "hand": -1, "imagenet": -1, "caltech": -1}.get(name.partition("-")[0], 0)


def read_photographs(data: Path, side: int) -> list[Picture]:
    """All photographs of a folder in YOLO layout (a sixth column is the confidence), long side at most `side` px."""
    pictures = []
    for path in sorted((data / "images").iterdir()):
        pixels = cv2.imread(str(path))[:, :, ::-1]
        scale = min(1.0, side / max(pixels.shape))
        pixels = np.ascontiguousarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        high, wide = pixels.shape[:2]
        text = (data / "labels" / f"{path.stem}.txt").read_text().split()
        label, cx, cy, w, h, score = np.array(text, np.float32).reshape(-1, 6).T
        rows = np.stack(((cx - w / 2) * wide, (cy - h / 2) * high, (cx + w / 2) * wide, (cy + h / 2) * high,
                         label, score), axis=1)
        pictures.append(Picture(path.stem, pixels, appraise(path.stem, rows, wide, high)))
    return pictures


def read_tiles(data: Path) -> tuple[list[Picture], list[Picture]]:
    """Tiny-ImageNet's 64 px pictures with their one true box: those that show one of our classes, and the others."""
    ours, others = [], []
    names = dict(line.split("\t") for line in (data / "classes.tsv").read_text().splitlines())
    whole = [0, 0, 64, 64]
    for folder, name in sorted(names.items()):
        word = name.replace(" ", "_")
        shows = named(NAMED, word) | breed(int(folder[1:]))
        rest = [[*whole, label, 0] for label in {PERSON, FACE, HAND} | shows | named(LIKE, word)]
        boxes = (line.split() for line in (data / "train" / folder / "boxes.tsv").read_text().splitlines())
        for stem, left, top, right, bottom in boxes:
            path = next((data / "train" / folder).rglob(f"{stem}.*"))
            box = [float(left), float(top), float(right) + 1, float(bottom) + 1]
            rows = np.array([[*box, label, 1] for label in shows] + rest, np.float32)
            picture = Picture(stem, np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1]), rows)
            (ours if shows else others).append(picture)
    return ours, others
