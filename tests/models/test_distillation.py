"""How the shipped detector learns: shards, scenes, a teacher's answers, what people boxed, on exact small cases."""

import json
import subprocess
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from models.detector import Detector, grid
from models.training.detector import grown, turn_back
from models.training.distillation import lesson, loss
from models.training.evaluate import best, judge
from models.training.gather import Shards, alike, difference_hash, prepare
from models.training.lighting import blur, coarse, compress, lamp, motion, noise, relight
from models.training.photographs import CLASSES, FACE, HAND, PERSON
from models.training.scenes import ROWS, Scenes, place
from models.training.shards import COMPLETE, Sample, read_shards, value, weigh
from models.training.sources import VOC_BOXES, VOC_EASY, find, from_repository
from tests.models.test_models import lived_in

CAT, CUP, CLOCK, COUCH, GLASS = (CLASSES.index(name) for name in ("cat", "cup", "clock", "couch", "wine glass"))
CENTRES, _ = grid(32, 32, torch.device("cpu"))  # 16 fine places, 4, and 1
WHOLE = torch.tensor([[0.0, 0, 32, 32, 0]])
NOBODY = torch.zeros(0, 6)


def jpeg(shade: int = 90) -> bytes:
    ramp = np.tile(np.linspace(shade, 255, 128).astype(np.uint8)[None, :, None], (120, 1, 3))
    return cv2.imencode(".jpg", ramp)[1].tobytes()


def shard(folder, pool: str, *labels: str) -> None:
    with zipfile.ZipFile(folder / f"{pool}-0.zip", "w") as archive:
        for index, text in enumerate(labels):
            archive.writestr(f"images/{pool}-{index}.jpg", jpeg())
            archive.writestr(f"labels/{pool}-{index}.txt", text)


def said(**scores: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A teacher that says the same at every place, each a box of 8 px around it."""
    answer = torch.zeros(len(CENTRES), len(CLASSES))
    for name, score in scores.items():
        answer[:, CLASSES.index(name)] = score
    return answer, torch.cat((CENTRES - 4, CENTRES + 4), dim=1)


def taught(teacher, rows=NOBODY, complete=()):
    own = torch.cat((CENTRES - 4, CENTRES + 4), dim=1), torch.full((len(CENTRES), len(CLASSES)), 0.5)
    known = torch.zeros(1, len(CLASSES), dtype=torch.bool)
    known[0, list(complete)] = True
    said, own = (tuple(each[None] for each in pair) for pair in (teacher, own))
    return [each[0] for each in lesson(said, own, rows[None], WHOLE[None], CENTRES, known)]


def test_a_teachers_answers_are_the_lesson():
    wanted, weights, boxes = taught(said(cup=0.6))
    assert (wanted[:, CUP] == 0.6).all() and wanted.sum() == pytest.approx(0.6 * len(CENTRES))
    assert weights.all() and torch.equal(boxes, said()[1])


def test_what_people_boxed_completely_is_nowhere_else():
    row = torch.tensor([[0.0, 0, 16, 16, PERSON, 1]])
    wanted, _, boxes = taught(said(person=0.2), row, (PERSON,))
    inside = (CENTRES < 16).all(dim=1)
    assert not wanted[~inside, PERSON].any() and (wanted[inside, PERSON] >= 0.2).all()
    drawn = wanted[:, PERSON] > 0.2
    assert drawn.any() and (boxes[drawn] == torch.tensor([0.0, 0, 16, 16])).all()


def test_hands_are_unknown_at_persons_unless_people_boxed_them():
    assert not taught(said(person=0.6))[1][:, HAND].any()
    assert taught(said(person=0.1))[1][:, HAND].all()
    assert taught(said(person=0.6), complete=(HAND,))[1][:, HAND].all()


def test_loss_is_least_for_who_says_the_same():
    scores, corners = (each[None] for each in said(cup=0.6))
    same = torch.where(scores > 0, scores, 1e-4).logit()
    unknown = torch.zeros(1, len(CLASSES), dtype=torch.bool)
    told = ((scores, corners), NOBODY[None], WHOLE[None], unknown, torch.ones(len(CLASSES)), 32, 32)
    right = loss((corners, same), *told)
    assert right < loss((corners + 2, same), *told) and right < loss((corners, same + 1), *told)


@pytest.mark.parametrize("turns", range(4))
def test_a_turned_picture_is_seen_as_it_was(turns):
    """An upright box and a map's mark, turned with the picture, are where they were."""
    picture = torch.zeros(1, 1, 64, 64)
    picture[0, 0, 8:16, 32:56] = 1  # 24 wide, 8 high
    turned = picture.rot90(turns, (2, 3))
    ys, xs = turned[0, 0].nonzero(as_tuple=True)
    box = torch.stack((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)).float()
    logits = torch.cat([torch.nn.functional.max_pool2d(turned, each).flatten() for each in (8, 16, 32)])[None, :, None]
    corners = box.expand(1, logits.shape[1], 4)
    corners, logits = turn_back(turns, 64, corners, logits)
    assert (corners == torch.tensor([32.0, 8, 56, 16])).all()
    assert torch.equal(logits[0, :64, 0], torch.nn.functional.max_pool2d(picture, 8).flatten())


def test_a_deeper_network_begins_as_the_shallow_one():
    network = lived_in(Detector(("a", "b"), (8, 8, 8, 8, 8), (1, 1, 1, 1, 1), 8, (4, 4))).fold()
    deeper = grown(network, (1, 1, 2, 1, 3)).eval()
    x = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        for one, two in zip(network(x), deeper(x), strict=True):
            torch.testing.assert_close(one, two)
    assert deeper.plan["depths"] == [1, 1, 2, 1, 3]


def test_shards_are_read_with_what_each_label_is_worth(tmp_path):
    shard(tmp_path, "person",
          f"{PERSON} 0.5 0.5 0.5 0.5 1.000\n{PERSON} 0.5 0.5 0.5 0.5 0.9\n{CUP} 0.5 0.5 0.5 0.5 0.5\n"
          f"{FACE} 0.5 0.5 0.1 0.1 0.900\n{FACE} 0.2 0.2 0.1 0.1 0.400\n{HAND} 0.2 0.2 0.1 0.1 0.9\n"
          f"{CLOCK} 0.2 0.2 0.1 0.1 0\n")
    shard(tmp_path, "maskwear", f"{FACE} 0.5 0.5 0.5 0.5 0.900\n")
    maskwear, person = read_shards(tmp_path)
    rows = person.picture().rows
    assert rows[0].tolist() == [32, 30, 96, 90, PERSON, 1]
    assert rows[:, 4:].tolist()[1:] == [[CUP, 0.5], [FACE, 1], [FACE, 0], [CLOCK, 0]]
    assert not len(maskwear.picture().rows) and COMPLETE["maskwear"] == (FACE,)


def test_what_was_too_difficult_for_people_is_neither_rewarded_nor_punished(tmp_path):
    shard(tmp_path, "voc12", f"{CAT} 0.5 0.5 0.5 0.5 0.900\n{PERSON} 0.5 0.5 0.5 0.5 0\n")
    assert read_shards(tmp_path)[0].picture().rows.tolist() == [[32, 30, 96, 90, PERSON, 0]]


def test_rare_classes_are_shown_more_often_and_cost_more():
    samples = [Sample(Path(), "", "", np.float32([[CUP, 0, 0, 1, 1, 1]]))] * 999
    samples.append(Sample(Path(), "", "", np.float32([[CLOCK, 0, 0, 1, 1, 1]])))
    weights, values = weigh(samples), value(samples)
    assert weights.sum() == pytest.approx(1) and weights[-1] > 10 * weights[0]
    assert values[CLOCK] == 2 and values[CUP] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("mosaic", [True, False])
def test_scenes_say_where_their_photographs_lie(tmp_path, mosaic, at_once):
    shard(tmp_path, "person", f"{PERSON} 0.5 0.5 0.5 0.5 1\n")
    torch.manual_seed(1)
    scenes = Scenes(read_shards(tmp_path), np.ones(1), torch.device("cpu"), at_once)
    clean, worse, rows, regions = scenes(np.random.default_rng(0), 10, 96, mosaic)
    assert clean.shape == worse.shape == (10, 3, 96, 96) and regions.shape == (10, 4 if mosaic else 1, 5)
    there = rows[rows[..., 5] >= 0]
    assert rows.shape[1] == (rows[..., 5] >= 0).sum(dim=1).max(), "no column only fills up"
    assert len(there) > 5 and (there[:, :4] >= 0).all() and (there[:, :4] <= 96).all()
    assert set(there[:, 4].tolist()) == {PERSON} and set(regions[..., 4].unique().tolist()) <= {-1, 0}
    assert (worse - clean).abs().mean() > 0.02 and 0 <= worse.min() and worse.max() <= 1 >= clean.max()


@pytest.mark.parametrize("zoom", [0.3, 1.0, 2.0])
def test_a_photographs_boxes_are_where_its_pixels_are(zoom):
    """What is bright in the photograph is bright in the picture, inside the row and not beside it."""
    torch.manual_seed(3)
    pixels = torch.zeros(8, 3, 416, 416, dtype=torch.uint8)
    pixels[:, :, 60:120, 100:180] = 255
    rows = torch.full((8, ROWS, 6), -1.0)
    rows[:, 0] = torch.tensor([100.0, 60, 180, 120, 3, 1])
    canvas = torch.full((8, 3, 128, 160), 0.2)
    placed, lies = place(canvas, (32, 0, 160, 128), [pixels, torch.tensor([[240, 320]] * 8), rows], (zoom, zoom))
    assert (canvas[:, :, :, :32] == 0.2).all() and (placed[:, 1:, 5] == -1).all()
    for picture, (left, top, right, bottom, label, worth), region in zip(canvas, placed[:, 0], lies, strict=True):
        x0, y0, x1, y1 = region.int().tolist()
        assert picture[:, :y0].eq(0.2).all() and picture[:, y1:].eq(0.2).all() and picture[:, :, x1:].eq(0.2).all()
        bright = (picture[0, y0:y1, x0:x1] > 0.5).nonzero()
        if worth > 0:
            found = bright.amin(dim=0).flip(0), bright.amax(dim=0).flip(0) + 1
            box = torch.stack((left - x0, top - y0, right - x0, bottom - y0))
            assert label == 3 and (torch.cat(found) - box).abs().max() <= 1


def test_a_photograph_that_is_made_small_loses_nothing_between_its_pixels():
    """Fine stripes become even grey, as an area tells them, and no pattern of their own."""
    stripes = torch.zeros(1, 3, 416, 416, dtype=torch.uint8)
    stripes[..., ::2] = 255
    canvas = torch.zeros(1, 3, 96, 96)
    place(canvas, (0, 0, 96, 96), [stripes, torch.tensor([[416, 416]]), torch.full((1, ROWS, 6), -1.0)], (1.0, 1.0))
    inner = canvas[:, :, 20:76, 20:76]
    assert inner.mean() == pytest.approx(0.5, abs=0.01) and inner.std() < 0.03


@pytest.mark.parametrize("change", [blur, coarse, compress, lamp, motion, noise])
def test_worse_pictures_stay_pictures(change):
    ramp = torch.linspace(0, 1, 64).expand(4, 3, 64, 64).contiguous()
    for seed in range(5):
        worse = change(np.random.default_rng(seed), ramp)
        assert worse.shape == ramp.shape and 0 <= worse.min() and worse.max() <= 1.0001
        assert 0 < (worse - ramp).abs().mean() < 0.5


def test_compression_is_that_of_jpeg():
    """As far from the picture as what the library that everybody uses makes of it, and near that."""
    from skimage import data
    pixels = cv2.resize(data.astronaut(), (128, 128), interpolation=cv2.INTER_AREA)
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255
    ours = 255 * compress(type("Fixed", (), {"uniform": lambda *_: 30})(), x)[0].permute(1, 2, 0).numpy()
    coded = cv2.imencode(".jpg", pixels[:, :, ::-1], (cv2.IMWRITE_JPEG_QUALITY, 30))[1]
    theirs = cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1].astype(float)
    lost = np.abs(theirs - pixels).mean()
    assert np.abs(ours - pixels).mean() == pytest.approx(lost, rel=0.15) and np.abs(ours - theirs).mean() < 0.4 * lost


def test_most_pictures_are_in_other_light():
    torch.manual_seed(1)
    x = torch.rand(64, 3, 32, 32)
    worse = relight(np.random.default_rng(1), x.clone())
    assert ((worse - x).abs().mean(dim=(1, 2, 3)) > 0.02).float().mean() > 0.9
    grey = (worse - worse.mean(dim=1, keepdim=True)).abs().amax(dim=(1, 2, 3)) < 1e-3
    assert 2 < grey.sum() < 24


def test_hashes_tell_pictures_apart_and_know_them_again():
    pixels = np.ascontiguousarray(np.random.default_rng(0).integers(0, 256, (8, 9, 3)).astype(np.uint8))
    small, large = (difference_hash(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR))
                    for size in ((180, 160), (360, 320)))
    mirrored = difference_hash(pixels[:, ::-1].copy())
    assert alike(small, np.array([large], np.uint64), 4) and not alike(small, np.array([mirrored], np.uint64), 8)
    assert not alike(small, np.array([], np.uint64), 64)
    grey = np.array(Image.fromarray(np.tile(np.arange(9, dtype=np.uint8)[::-1] * 20, (8, 1))))
    assert difference_hash(np.stack([grey] * 3, axis=2)) == 2 ** 64 - 1, "brighter than its neighbour to the right"


def committed(folder: Path, files: dict[str, bytes]) -> Path:
    """A repository in that folder that holds these files."""
    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", folder, *words], check=True,
                       capture_output=True)

    folder.mkdir(exist_ok=True)
    git("init", "-q")
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    git("add", ".")
    git("commit", "-qm", "pictures")
    return folder


def test_a_repositorys_pictures_are_found_and_what_is_none_is_left_out(tmp_path):
    files = {"a.jpg": jpeg(), "b.png": b"no picture", "c.txt": b"text", "d.jpg": jpeg(40)}
    found = list(from_repository(committed(tmp_path, files), "HEAD", "^[ab]"))
    ready = [each for each in map(prepare, found) if each]
    assert len(found) == 2 and len(ready) == 1 and ready[0][1] == jpeg() and ready[0][2].shape == (120, 128, 3)


def annotations(name: str, *boxes: tuple[str, int, int]) -> bytes:
    """A file in COCO's format: one picture of 128 x 120 with boxes as class, left, whether a crowd."""
    kinds = sorted({kind for kind, *_ in boxes})
    return json.dumps({
        "images": [{"id": 7, "file_name": name, "width": 128, "height": 120},
                   {"id": 8, "file_name": "elsewhere.jpg", "width": 9, "height": 9}],
        "categories": [{"id": index, "name": kind} for index, kind in enumerate(kinds)],
        "annotations": [{"image_id": 7, "category_id": kinds.index(kind), "bbox": [left, 30, 64, 60], "iscrowd": crowd}
                        for kind, left, crowd in boxes]}).encode()


def test_boxes_are_read_from_cocos_annotations(tmp_path):
    told = annotations("a.jpg", ("person", 32, 0), ("zebra", 32, 0), ("person", 0, 1))
    committed(tmp_path / "coco", {"val/a.jpg": jpeg(), "boxes/val.json": told, "other.json": b"[]"})
    source = {"where": "coco", "commit": "HEAD", "path": "^boxes/", "labels": "coco"}
    (_, content, text), = find(source, tmp_path)
    assert content == jpeg()
    assert text == f"{PERSON} 0.50000 0.50000 0.50000 0.50000 1\n{PERSON} 0.25000 0.50000 0.50000 0.50000 0\n"


def test_boxes_of_vocs_pictures_are_found_by_their_names(tmp_path, monkeypatch):
    monkeypatch.setattr("models.training.sources.VOC_BOXES", ("boxes", "HEAD", VOC_BOXES[2]))
    monkeypatch.setattr("models.training.sources.VOC_EASY", ("easy", "HEAD", VOC_EASY[2]))
    told = annotations("2008_000008.jpg", ("sofa", 32, 0), ("sheep", 0, 0), ("person", 0, 0))
    committed(tmp_path / "boxes", {"pascal_train2012.json": told})
    committed(tmp_path / "easy", {"voc2007.txt": b"000005.jpg 1 1 9 9 0",
                                  "voc2012.txt": b"2008_000008.jpg 33 31 96 90 17\n"})
    committed(tmp_path / "pictures", {"images/2008_000008.jpg": jpeg(), "images/else.jpg": jpeg(40)})
    (_, content, text), = find({"where": "pictures", "commit": "HEAD", "path": "^images/", "labels": "voc"}, tmp_path)
    assert content == jpeg()
    assert text == f"{COUCH} 0.50000 0.50000 0.50000 0.50000 1\n{PERSON} 0.25000 0.50000 0.50000 0.50000 0\n"


def test_boxes_and_outlines_are_read_from_yolos_files(tmp_path):
    files = {"train/images/a.jpg": jpeg(),
             "train/labels/a.txt": b"2 0.5 0.5 0.5 0.5\n0 0.1 0.2 0.3 0.2 0.3 0.6\n1 0 0 1 1\n",
             "b.jpg": jpeg(40), "b.txt": b"2 0.5 0.5 0.5 0.5\n", "c.jpg": jpeg(50), "c.txt": b"", "d.jpg": jpeg(60)}
    committed(tmp_path / "yolo", files)
    source = {"where": "yolo", "commit": "HEAD", "path": "", "labels": "yolo;0=cup;2=wine_glass"}
    found = {content: text for _, content, text in find(source, tmp_path)}
    glass = f"{GLASS} 0.50000 0.50000 0.50000 0.50000 1\n"
    assert found == {jpeg(): f"{glass}{CUP} 0.20000 0.40000 0.20000 0.40000 1\n", jpeg(40): glass}


def test_shards_are_named_when_they_are_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("models.training.gather.SHARD", 2 * len(jpeg()))
    shards = Shards(tmp_path, "mine")
    for _ in range(3):
        shards.add(jpeg(), "")
    assert not list(tmp_path.glob("*.zip"))
    shards.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine-0.zip", "mine-1.zip", "mine-2.zip"]
    assert len(read_shards(tmp_path)) == 3


def test_only_completely_boxed_classes_are_judged(tmp_path):
    shard(tmp_path, "highway", f"{PERSON} 0.5 0.5 0.5 0.5 1\n")
    found = np.array([[32, 30, 96, 90, PERSON, 0.8], [0, 0, 9, 9, PERSON, 0.9], [0, 0, 9, 9, CUP, 0.9]])
    finds, heights = judge(lambda pixels: found[found[:, 5].argsort()[::-1]], read_shards(tmp_path))
    assert [right for _, right, _ in finds[PERSON]] == [False, True] and heights[PERSON] == [0.5]
    assert not finds[CUP] and best(finds[PERSON], 1) == (0.8, pytest.approx(2 / 3))


def test_the_highest_threshold_that_is_nearly_best_is_found():
    finds = [(0.9, True, 0.5), (0.8, True, 0.5), (0.6, False, 0.5), (0.5, True, 0.5)]
    assert best(finds, 3) == (0.5, pytest.approx(6 / 7)) and best(finds, 3, 0.1) == (0.8, pytest.approx(4 / 5))
    assert best([], 3) == (1.0, 0.0)
