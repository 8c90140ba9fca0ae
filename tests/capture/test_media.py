"""Files of every kind that ffmpeg makes here: the pictures are those that ffmpeg's own program decodes, at its times.

The table is what `python -m tests.capture.test_media` prints.
"""

import contextlib
import gc
import json
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from engine.capture.decoder import film
from engine.capture.slideshow import reader
from engine.errors import UserError
from tests.footage import write_film
from tests.parts import need

BOUND = 3.0  # of 255: mean difference to the pictures of ffmpeg, whose older versions put chroma half a pixel aside
SIZE = (160, 120)
X264 = ("-c:v", "libx264", "-preset", "ultrafast")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
FFV1 = ("-c:v", "ffv1")
LOSSLESS = ("-qp", "0")

# file: how ffmpeg is to make it out of a moving test picture
MADE = {
    "mpeg1.mpg": ("-c:v", "mpeg1video", "-r", "25"),
    "mpeg2.ts": ("-c:v", "mpeg2video"),
    "mpeg2-interlaced.mpg": ("-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-top", "1"),
    "dv.dv": ("-s", "720x576", "-pix_fmt", "yuv420p", "-c:v", "dvvideo", "-aspect", "4:3"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p"),
    "mjpeg-422.mov": ("-c:v", "mjpeg", "-pix_fmt", "yuvj422p"),
    "h264.mp4": (*X264, "-pix_fmt", "yuv420p"),
    "h264.mkv": (*X264, "-pix_fmt", "yuv420p"),
    "h264-422.mp4": (*X264, "-pix_fmt", "yuv422p"),
    "h264-444.mp4": (*X264, "-pix_fmt", "yuv444p"),
    "h264-10bit.mp4": (*X264, "-pix_fmt", "yuv420p10le"),
    "h264-full-range.mp4": (*X264, "-pix_fmt", "yuvj420p", "-color_range", "pc"),
    "h264-bt709.mp4": (*X264, "-pix_fmt", "yuv420p", "-colorspace", "bt709"),
    "h264-grey.mp4": (*X264, "-pix_fmt", "gray"),
    "h264-odd-size.mp4": (*X264, "-s", "159x119", "-pix_fmt", "yuv444p"),
    "h264-b-frames.mp4": ("-c:v", "libx264", "-preset", "medium", "-bf", "3", "-pix_fmt", "yuv420p"),
    "hevc.mp4": (*X265, "-pix_fmt", "yuv420p"),
    "hevc-10bit.mkv": (*X265, "-pix_fmt", "yuv420p10le"),
    "vp8.webm": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-pix_fmt", "yuv420p"),
    "vp9-444.mkv": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-pix_fmt", "yuv444p"),
    "av1.mp4": ("-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-pix_fmt", "yuv420p"),
    "prores.mov": ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"),
    "prores-4444.mov": ("-c:v", "prores_ks", "-profile:v", "4", "-pix_fmt", "yuva444p10le"),
    "theora.ogv": ("-c:v", "libtheora", "-q:v", "9"),
    "ffv1.mkv": (*FFV1, "-pix_fmt", "bgr0"),
    "ffv1-grey16.mkv": (*FFV1, "-pix_fmt", "gray16le"),
    "ffv1-rgb48.mkv": (*FFV1, "-pix_fmt", "gbrp16le"),
    "huffyuv.avi": ("-c:v", "huffyuv", "-pix_fmt", "yuv422p"),
    "raw.avi": ("-c:v", "rawvideo", "-pix_fmt", "bgr24"),
    "raw-8.nut": ("-c:v", "rawvideo", "-pix_fmt", "pal8"),
    "wmv2.wmv": ("-c:v", "wmv2"),
    "flash.flv": ("-c:v", "flv"),
    "anamorphic.mp4": (*X264, "-s", "720x576", "-pix_fmt", "yuv420p", "-aspect", "16:9"),
    "narrow.mkv": (*X264, "-pix_fmt", "yuv420p", "-aspect", "2:3"),
    "variable.mkv": (*X264, "-pix_fmt", "yuv420p", "-vf", "select='not(mod(n,3))+gt(n,6)'", "-vsync", "vfr"),
    "moving.gif": (),
    "moving.apng": ("-plays", "0"),
    "picture.webp": ("-frames:v", "1", "-c:v", "libwebp", "-lossless", "1"),
    "picture.avif": ("-frames:v", "1", "-c:v", "libaom-av1", "-cpu-used", "8", "-crf", "10", "-pix_fmt", "yuv420p"),
    "picture.tiff": ("-frames:v", "1"),
    "slow.mp4": (*X264, "-pix_fmt", "yuv420p", "-vf", "setpts=N*2/TB", "-vsync", "vfr"),
}


@lru_cache(1)
def folder() -> Path:
    """All the files of the table, in one call of ffmpeg for each."""
    place = Path(tempfile.mkdtemp(prefix="media"))
    for name, options in MADE.items():
        pattern = f"testsrc2=size={SIZE[0]}x{SIZE[1]}:rate=25,format=rgb24,gblur=sigma=4"
        make = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", pattern, "-frames:v", "9", *options, str(place / name)]
        subprocess.run(make, check=True)
    return place


def theirs(path: Path, size: tuple[int, int]) -> tuple[np.ndarray, list[float]]:
    """ffmpeg's own pictures (N, H, W, 3), stretched to this (width, height), and their times from the first on."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v:0", "-vsync", "passthrough",
                          "-vf", f"scale={size[0]}:{size[1]}:flags=bicubic+accurate_rnd+full_chroma_int",
                          "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True).stdout
    told = json.loads(subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                                      "frame=best_effort_timestamp_time", "-of", "json", str(path)],
                                     capture_output=True, check=True).stdout)
    times = [float(frame.get("best_effort_timestamp_time", "nan")) for frame in told["frames"]]
    return np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0], 3), [time - times[0] for time in times]


def ours(path: Path) -> tuple[np.ndarray, list[float], float]:
    """The same of this project's, and when the last picture ends."""
    with contextlib.closing(reader(str(path), seconds=0.01)) as opened:
        pictures = list(iter(opened.read, None))
        return np.stack([picture.pixels for picture in pictures]), [picture.moment for picture in pictures], opened.end


@pytest.mark.parametrize("name", MADE)
def test_pictures_and_times_are_ffmpegs_own(name):
    need("ffmpeg")
    path = folder() / name
    pixels, times, end = ours(path)
    wanted, moments = theirs(path, pixels.shape[2:0:-1])
    assert len(pixels) == len(wanted)
    assert np.abs(pixels.astype(int) - wanted).mean() < BOUND
    if not np.isnan(moments).any():
        assert times == pytest.approx(moments, abs=0.002)
    assert end > times[-1]


def test_pixels_are_square():
    need("ffmpeg")
    assert ours(folder() / "anamorphic.mp4")[0].shape[1:3] == (576, 1024)
    assert ours(folder() / "narrow.mkv")[0].shape[1:3] == (240, 160)


@pytest.mark.parametrize("filters, degrees", [("transpose=1", 90), ("hflip,vflip", 180), ("transpose=2", 270)])
def test_phones_videos_are_upright(tmp_path, filters, degrees):
    """A picture that was turned and says so is as the one that never was."""
    need("ffmpeg")
    straight, _, _ = ours(folder() / "h264-444.mp4")
    turned, said = tmp_path / "turned.mp4", tmp_path / "said.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(folder() / "h264-444.mp4"), "-vf", filters, *X264, *LOSSLESS,
                    "-pix_fmt", "yuv444p", str(turned)], check=True)
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(turned), "-c", "copy", "-metadata:s:v:0", f"rotate={degrees}",
                    str(said)], check=True)
    assert np.abs(ours(said)[0].astype(int) - straight).mean() < BOUND


def mirrored(path: Path) -> None:
    """Change the display matrix in an MP4 to a mirror's."""
    content = path.read_bytes()
    identity = b"".join(number.to_bytes(4) for number in (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))
    mirror = b"".join(number.to_bytes(4) for number in (0xFFFF0000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))
    track = content.index(b"tkhd")
    place = content.index(identity, track)
    path.write_bytes(content[:place] + mirror + content[place + len(identity):])


@pytest.mark.parametrize("count", [3, 1000])
def test_no_picture_waits_for_the_garbage_to_be_looked_through(tmp_path, count):
    """One of 8K has 50 MB, and hundreds would be there."""
    write_film(tmp_path / "film.mp4", [50, 100, 150, 200, 250])
    reader = film(str(tmp_path / "film.mp4"))
    gc.collect()
    gc.disable()
    try:
        while (count := count - 1) and reader.read():
            pass
        reader.close()
        del reader
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_selfie_cameras_mirror_is_undone(tmp_path):
    need("ffmpeg")
    straight, _, _ = ours(folder() / "h264-444.mp4")
    path = tmp_path / "selfie.mp4"
    path.write_bytes((folder() / "h264-444.mp4").read_bytes())
    mirrored(path)
    assert np.array_equal(ours(path)[0], straight[:, :, ::-1])


def test_a_video_with_colons_in_its_name_and_one_without_pictures(tmp_path):
    need("ffmpeg")
    path = tmp_path / "a:b %03d.mp4"
    path.write_bytes((folder() / "h264.mp4").read_bytes())
    assert len(ours(path)[0]) == 9
    sound = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=0.2", str(tmp_path / "sound.mp4")]
    subprocess.run(sound, check=True)
    with pytest.raises(UserError, match="sound.mp4 is no video: there is sound in it and no picture"):
        film(str(tmp_path / "sound.mp4"))


def table() -> None:
    """Print what kinds were compared, how many pictures, and how far off they are at most, or that they are refused."""
    print("| file | pictures, of ffmpeg's | the worst one's mean difference to ffmpeg's, of 255 |")
    print("|---|---|---|")
    for name in MADE:
        try:
            pixels, times, _ = ours(folder() / name)
        except UserError as wrong:
            print(f"| {name} | refused | {wrong} |")
            continue
        wanted, _ = theirs(folder() / name, pixels.shape[2:0:-1])
        worst = max(np.abs(pixels.astype(int) - wanted).mean(axis=(1, 2, 3)))
        print(f"| {name} | {len(pixels)} of {len(wanted)} | {worst:.2f} |")


if __name__ == "__main__":
    table()
