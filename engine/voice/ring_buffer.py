"""Where the voice's producer and the sound card meet: a ring with one writer and one reader, neither ever waiting.

All of it is one block of memory, cells of int64 and then samples, so that PortAudio can hand the callback its address.
The callback is compiled: there is no Python on the audio thread.
"""

import ctypes
import os

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, njit, types
from numba.extending import intrinsic

from engine.voice.mixer import mix
from models.compiled import compiled

SIZE = 1 << 14  # frames (one sample of each channel), a power of two; what does not fit is not made yet
KEPT = 1 << 18  # frames that wait to be recorded, five seconds; what does not fit is lost and counted
CELLS = 16
# written and read count frames for ever; calls, the callback's; reach is the fill at which playing begins
WRITTEN, READ, CALLS, STOP, HOLD, CLOSING, UNDERRUNS, PLAYING, GAIN, FADE, REACH, CHANNELS = range(12)
RECORDED, TAKEN, LOST, SPARE = range(12, 16)  # spare, the least that was left over for the callback
FLOATS = 2 * CELLS  # where the samples begin, counted in floats
WORD = types.Array(types.int64, 1, "C")


@intrinsic
def load(typing, cells, index):
    """A cell, and everything that was written before it was (acquire)."""
    def generate(context, builder, signature, args):
        cells = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.load_atomic(builder.gep(cells.data, [args[1]]), "acquire", 8)

    return types.int64(WORD, types.intp), generate


@intrinsic
def store(typing, cells, index, value):
    """Set a cell after everything written before (release)."""
    def generate(context, builder, signature, args):
        cells = context.make_array(signature.args[0])(context, builder, args[0])
        builder.store_atomic(args[2], builder.gep(cells.data, [args[1]]), "release", 8)
        return context.get_dummy_value()

    return types.void(WORD, types.intp, types.int64), generate


@intrinsic
def rest(typing):
    """Sleep for a millisecond."""
    name, amount = ("Sleep", 1) if os.name == "nt" else ("usleep", 1000)

    def generate(context, builder, signature, args):
        kind = ir.FunctionType(ir.IntType(32), [ir.IntType(32)])
        known = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        builder.call(known, [ir.IntType(32)(amount)])
        return context.get_dummy_value()

    return types.void(), generate


@njit
def cells(channels):
    """How many int64 a ring of so many channels takes."""
    return CELLS + channels * SIZE // 2


def memory(reach: int, fade: int, channels: int) -> np.ndarray:
    """A ring that begins to play once `reach` samples are in it, fades over `fade`, for so many channels."""
    block = np.zeros(cells(channels), np.int64)
    block[[REACH, FADE, CHANNELS, SPARE]] = reach, fade, channels, SIZE
    return block


@compiled
def produce(machine, targets, console, mixer, block, kept):
    """Make sound until STOP is set, as much as the ring wants: one call for a whole session, without the GIL.

    kept (KEPT, channels) float32 takes the same frames for the recorder; of length 0 it takes none.
    """
    samples = block.view(np.float32)[FLOATS:]
    channels = block[CHANNELS]
    while load(block, STOP) == 0:
        written = block[WRITTEN]
        if load(block, HOLD) or written - load(block, READ) >= block[REACH]:
            rest()
            continue
        count = mix(machine, targets, console, mixer)
        for i in range(count):
            for channel in range(channels):
                samples[((written + i) & (SIZE - 1)) * channels + channel] = mixer.out[i, channel]
        store(block, WRITTEN, written + count)
        if kept.size:
            done = block[RECORDED]
            if done + count - load(block, TAKEN) > KEPT:
                block[LOST] += count
                continue
            for i in range(count):
                for channel in range(channels):
                    kept[(done + i) & (KEPT - 1), channel] = mixer.out[i, channel]
            store(block, RECORDED, done + count)


@compiled
def consume(block, out, frames):
    """Fill out with frames of all channels. Too little in the ring: fade out with what is there, count, fade in later.

    While it plays, a fade's length is always left over in the ring, so that running dry is never a click.
    """
    samples = block.view(np.float32)[FLOATS:]
    read, fade, channels = block[READ], block[FADE], block[CHANNELS]
    there = load(block, WRITTEN) - read
    block[CALLS] += 1
    if block[PLAYING]:
        block[SPARE] = min(block[SPARE], there - frames - fade)
    if block[PLAYING] and there < frames + fade:
        block[PLAYING] = 0
        block[UNDERRUNS] += load(block, CLOSING) == 0
    if load(block, CLOSING):
        block[PLAYING] = 0
    elif block[PLAYING] == 0 and block[GAIN] == 0 and there >= block[REACH]:
        block[PLAYING] = 1
    gain = block[GAIN]
    for frame in range(frames):
        gain = min(gain + 1, fade) if block[PLAYING] else max(gain - 1, 0)
        sounds = gain > 0 or block[PLAYING]
        for channel in range(channels):
            value = samples[(read & (SIZE - 1)) * channels + channel] * np.float32(gain / fade)
            out[frame * channels + channel] = value if sounds else np.float32(0)
        read += sounds
    block[GAIN] = gain
    store(block, READ, read)


COUNT = types.uint32 if ctypes.sizeof(ctypes.c_ulong) == 4 else types.uint64


@cfunc(types.int32(types.voidptr, types.voidptr, COUNT, types.voidptr, COUNT, types.voidptr), cache=True)
def callback(taken, given, frames, time, flags, user):
    """PortAudio's PaStreamCallback; user is the address of the ring's memory."""
    block = carray(user, (cells(carray(user, (CELLS,), np.int64)[CHANNELS]),), np.int64)
    consume(block, carray(given, (int(frames) * block[CHANNELS],), np.float32), int(frames))
    return 0


@cfunc(types.int32(types.voidptr, types.voidptr, COUNT, types.voidptr, COUNT, types.voidptr), cache=True)
def hear(taken, given, frames, time, flags, user):
    """PortAudio's PaStreamCallback for one channel that comes in; user is a ring's address; it waits for nobody."""
    block = carray(user, (cells(1),), np.int64)
    samples, heard, written = block.view(np.float32)[FLOATS:], carray(taken, (int(frames),), np.float32), block[WRITTEN]
    for frame in range(int(frames)):
        samples[(written + frame) & (SIZE - 1)] = heard[frame]
    store(block, WRITTEN, written + int(frames))
    return 0
