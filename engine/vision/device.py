"""Where the networks run: CUDA, Apple's MPS, or the processor."""

import torch

from engine.errors import UserError


def device_of(wanted: str) -> torch.device:
    """The device for auto, cpu, cuda or mps; UserError if this machine lacks it."""
    there = {"cuda": torch.cuda.is_available() and works("cuda"),
             "mps": torch.backends.mps.is_available() and works("mps"), "cpu": True}
    if wanted == "auto":
        wanted = next(name for name, present in there.items() if present)
    if not there.get(wanted):
        present = ", ".join(name for name, found in there.items() if found)
        raise UserError(f"no device {wanted!r} on this machine: choose auto or one of {present}")
    return torch.device(wanted)


def works(name: str) -> bool:
    """Whether this torch has kernels for a device that is there: it has none for old graphics cards."""
    try:
        ones = torch.ones(1, 8, 8, 8, device=name, dtype=torch.float16)
        return bool(torch.conv2d(ones, ones).isfinite().all())
    except RuntimeError:
        return False
