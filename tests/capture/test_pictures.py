"""Pictures of every kind: the same photograph looks the same, moving ones move, transparent ones have a ground."""

import numpy as np
import pytest
from PIL import Image, features
from skimage import data

from engine.capture.pictures import Animation, loaded, moves
from engine.capture.sources import open_source
from engine.errors import UserError
from tests.parts import lack

PHOTO = data.astronaut()[::4, ::4]
GREY = np.asarray(Image.fromarray(PHOTO).convert("L"))


def save(path, mode: str) -> None:
    """The photograph in a mode of Pillow's, or as numbers of a kind of numpy's."""
    if mode in ("uint16", "float32", "int32"):
        numbers = {"uint16": GREY.astype(np.uint16) * 257, "int32": GREY.astype(np.int32) * 257,
                   "float32": GREY.astype(np.float32) / 255}[mode]
        Image.fromarray(numbers).save(path)
    elif mode == "alpha":
        solid = np.full((*GREY.shape, 1), 255, np.uint8)
        Image.fromarray(np.dstack((PHOTO, solid))).save(path)
    else:
        Image.fromarray(PHOTO).convert(mode, palette=Image.Palette.ADAPTIVE).save(path)


@pytest.mark.parametrize("name, mode, like", [
    ("a.png", "RGB", PHOTO), ("b.png", "L", GREY), ("c.png", "uint16", GREY), ("d.tif", "uint16", GREY),
    ("e.tif", "float32", GREY), ("f.tif", "int32", GREY), ("g.png", "alpha", PHOTO), ("h.png", "P", PHOTO),
    ("i.tif", "CMYK", PHOTO), ("j.bmp", "RGB", PHOTO), ("k.webp", "RGB", PHOTO), ("l.jpg", "YCbCr", PHOTO),
    ("m.avif", "RGB", PHOTO), ("n.png", "LA", GREY), ("o.tif", "LAB", PHOTO)])
def test_the_same_photograph_in_every_format_looks_the_same(tmp_path, name, mode, like):
    if name.endswith(".avif"):
        lack([] if features.check("avif") else ["a pillow with avif"])
    if mode == "LAB":
        from PIL import ImageCms

        change = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
        ImageCms.applyTransform(Image.fromarray(PHOTO), change).save(tmp_path / name)
    else:
        save(tmp_path / name, mode)
    wanted = like if like.ndim == 3 else np.dstack([like] * 3)
    assert np.abs(loaded(str(tmp_path / name)).astype(int) - wanted).mean() < 8


@pytest.mark.parametrize("numbers", [GREY / 255 * 65535, GREY.astype(float), GREY / 255 * 1e6 - 5e5])
def test_floats_are_scaled_by_their_range(tmp_path, numbers):
    Image.fromarray(numbers.astype(np.float32)).save(tmp_path / "a.tif")
    seen = loaded(str(tmp_path / "a.tif"))[..., 0].astype(int)
    low, high = (0, 255) if numbers.min() >= 0 else (GREY.min(), GREY.max())
    assert np.abs(seen - (GREY.astype(float) - low) / (high - low) * 255).max() < 2


def test_what_lies_under_alpha_0_is_not_seen(tmp_path):
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[:, :20] = 255, 0, 0, 0
    pixels[:, 20:] = 0, 255, 0, 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    seen = loaded(str(tmp_path / "a.png"))
    assert (seen[:, :20] == 128).all() and (seen[:, 20:] == (0, 255, 0)).all()
    palette = Image.fromarray(pixels[..., :3]).convert("P")
    palette.info["transparency"] = palette.getpixel((0, 0))
    palette.save(tmp_path / "b.png", transparency=palette.getpixel((0, 0)))
    assert (loaded(str(tmp_path / "b.png"))[:, :20] == 128).all()


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp", "a.avif"])
def test_moving_pictures_play_at_their_own_times(tmp_path, name):
    if name.endswith(".avif"):
        lack([] if features.check("avif") else ["a pillow with avif"])
    frames = [Image.fromarray(np.full((32, 48, 3), level, np.uint8)) for level in (0, 100, 200)]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], duration=[500, 40, 200], loop=0)
    assert moves(str(tmp_path / name))
    source = open_source(str(tmp_path / name), every_frame=True)
    seen = [source.newer(-1, 0) for _ in range(4)]
    assert [round(float(frame.pixels.mean()), -1) for frame in seen[:3]] == [0, 100, 200]
    assert [frame.time for frame in seen[:3]] == pytest.approx([0, 0.5, 0.54]) and seen[3] is None and source.ended


def test_pages_are_no_film(tmp_path):
    pages = [Image.fromarray(np.full((32, 48, 3), level, np.uint8)) for level in (0, 100)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert not moves(str(tmp_path / "a.tif")) and loaded(str(tmp_path / "a.tif")).max() == 0


def test_a_moving_picture_that_is_cut_off_plays_what_there_is(tmp_path):
    chance = np.random.default_rng(1)
    frames = [Image.fromarray(chance.integers(0, 255, (32, 48, 3), np.uint8)) for _ in range(5)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=100)
    content = (tmp_path / "a.gif").read_bytes()
    (tmp_path / "a.gif").write_bytes(content[:len(content) * 3 // 5])
    reader = Animation(str(tmp_path / "a.gif"))
    assert 1 <= len(list(iter(reader.read, None))) <= 3


def test_an_iphones_heif_is_refused_in_true_words(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(UserError, match="a.heic is a picture of the kind heic: .* else save it as jpeg"):
        open_source(str(tmp_path / "a.heic"))
