"""CIFAR-10's pictures out of a tar of train/<class>/*.jpg and test/<class>/*.jpg."""

import tarfile
from pathlib import Path, PurePosixPath

from models.cifar import KINDS


def read(file: Path, part: str) -> dict[str, list[bytes]]:
    """The JPEG files of a part, "train" or "test", by class, in the order of their names.

    OSError, tarfile.TarError, EOFError or zlib.error where the tar cannot be read.
    """
    found: dict[str, list[tuple[str, bytes]]] = {kind: [] for kind in KINDS}
    with tarfile.open(file) as tar:
        for member in tar:
            *_, folder, kind, name = ("", "", *PurePosixPath(member.name).parts)
            if folder == part and kind in found and name.endswith(".jpg") and member.isfile():
                found[kind].append((name, tar.extractfile(member).read()))
    return {kind: [content for _, content in sorted(files)] for kind, files in found.items()}
