"""Photographs and shards of them for tests of the detector's training."""

import zipfile

import cv2
import numpy as np


def jpeg(shade: int = 90) -> bytes:
    ramp = np.tile(np.linspace(shade, 255, 128).astype(np.uint8)[None, :, None], (120, 1, 3))
    return cv2.imencode(".jpg", ramp)[1].tobytes()


def shard(folder, pool: str, *labels: str) -> None:
    with zipfile.ZipFile(folder / f"{pool}-0.zip", "w") as archive:
        for index, text in enumerate(labels):
            archive.writestr(f"images/{pool}-{index}.jpg", jpeg())
            archive.writestr(f"labels/{pool}-{index}.txt", text)
