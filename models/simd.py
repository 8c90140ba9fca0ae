"""Products of small matrices and vectors for compiled loops, held in the processor's vector registers."""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from models.compiled import FEATURES, compiled

WIDE = 16 if "+avx512f" in FEATURES else 8  # floats a vector; where registers hold four, a vector takes two of them
VECTOR = ir.VectorType(ir.FloatType(), WIDE)
ARRAY = types.Array(types.float32, 1, "C")
# 2 ** x on -0.5..0.5 by a polynomial that meets it at Chebyshev's points: 2e-8 off at most
FRACTION = np.polynomial.chebyshev.Chebyshev.interpolate(lambda x: 2.0 ** (x / 2), 6).convert(
    kind=np.polynomial.Polynomial).coef * 2.0 ** np.arange(7)


@intrinsic(prefer_literal=True)
def tile(typing, lanes, vectors, weights, at, stride, x, x_at, x_step, rows, out, out_at, out_step):
    """Add a product to WIDE * vectors outputs of each lane: out[o] += sum over k of weights[k, o] * x[k].

    lanes and vectors are literals, so that every sum stays in a register; weights are read once for all lanes. Arrays
    are float32 and flat; at and stride lead to weights[k, 0], x_at and x_step to a lane's x, out_at and out_step to
    its outputs. Sums run in the order of k, whatever the number of lanes.
    """
    count, width = lanes.literal_value, vectors.literal_value

    def generate(context, builder, signature, args):
        def start_of(position):
            array = context.make_array(signature.args[position])(context, builder, args[position])
            return array.data

        (at, stride), (x_at, x_step, rows), (out_at, out_step) = args[3:5], args[6:9], args[10:12]
        weights, x, out = start_of(2), start_of(5), start_of(9)
        word = at.type

        def place(base, first, *steps):
            for step, times in steps:
                first = builder.add(first, builder.mul(step, times))
            return builder.gep(base, [first])

        sums, places = [], []
        for lane in range(count):
            for part in range(width):
                pointer = place(out, out_at, (out_step, word(lane)), (word(WIDE), word(part)))
                pointer = builder.bitcast(pointer, VECTOR.as_pointer())
                places.append(pointer)
                sums.append(cgutils.alloca_once_value(builder, builder.load(pointer, align=4)))
        with cgutils.for_range(builder, rows) as loop:
            row = [builder.load(builder.bitcast(place(weights, at, (stride, loop.index), (word(WIDE), word(part))),
                                                VECTOR.as_pointer()), align=4) for part in range(width)]
            for lane in range(count):
                value = builder.load(place(x, x_at, (x_step, word(lane)), (word(1), loop.index)))
                same = spread(builder, value)
                for part in range(width):
                    place_of_sum = sums[lane * width + part]
                    added = builder.fmul(row[part], same, flags=("contract",))
                    builder.store(builder.fadd(builder.load(place_of_sum), added, flags=("contract",)), place_of_sum)
        for pointer, total in zip(places, sums, strict=True):
            builder.store(builder.load(total), pointer, align=4)
        return context.get_dummy_value()

    whole = types.intp
    return types.void(lanes, vectors, ARRAY, whole, whole, ARRAY, whole, whole, whole, ARRAY, whole, whole), generate


@compiled
def product(lanes, weights, at, width, x, x_at, x_step, rows, out, out_at, out_step):
    """out += x @ weights for one lane or four: weights[at:] (rows, width), row-major; width is a multiple of 16."""
    done = 0
    if lanes == 4:
        while width - done >= 2 * WIDE:
            tile(4, 2, weights, at + done, width, x, x_at, x_step, rows, out, out_at + done, out_step)
            done += 2 * WIDE
        if width - done:
            tile(4, 1, weights, at + done, width, x, x_at, x_step, rows, out, out_at + done, out_step)
    else:
        while width - done >= 4 * WIDE:
            tile(1, 4, weights, at + done, width, x, x_at, x_step, rows, out, out_at + done, out_step)
            done += 4 * WIDE
        while width - done >= 2 * WIDE:
            tile(1, 2, weights, at + done, width, x, x_at, x_step, rows, out, out_at + done, out_step)
            done += 2 * WIDE
        if width - done:
            tile(1, 1, weights, at + done, width, x, x_at, x_step, rows, out, out_at + done, out_step)


def wide(context, builder, signature, args, position):
    """A pointer to the WIDE floats that begin at args[position + 1] of the array args[position]."""
    array = context.make_array(signature.args[position])(context, builder, args[position])
    return builder.bitcast(builder.gep(array.data, [args[position + 1]]), VECTOR.as_pointer())


def every(value: float):
    """A vector constant."""
    return ir.Constant(VECTOR, [float(np.float32(value))] * WIDE)


def spread(builder, value):
    """A vector of one number."""
    one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), value, ir.IntType(32)(0))
    return builder.shuffle_vector(one, ir.Constant(VECTOR, ir.Undefined),
                                  ir.Constant(ir.VectorType(ir.IntType(32), WIDE), [0] * WIDE))


def clamp(builder, x, low, high):
    x = builder.select(builder.fcmp_ordered("<", x, every(low)), every(low), x)
    return builder.select(builder.fcmp_ordered(">", x, every(high)), every(high), x)


def exp(builder, x):
    """e ** x of a vector in -80..80: two to the whole part by writing the exponent's bits, to the rest by FRACTION."""
    whole_type = ir.VectorType(ir.IntType(32), WIDE)
    y = builder.fmul(x, every(np.log2(np.e)))
    whole = builder.fptosi(builder.fadd(y, every(128.5)), whole_type)  # above zero, so that cutting off rounds down
    part = builder.fsub(y, builder.sitofp(builder.sub(whole, ir.Constant(whole_type, [128] * WIDE)), VECTOR))
    total = every(FRACTION[-1])
    for coefficient in FRACTION[-2::-1]:
        total = builder.fadd(builder.fmul(total, part, flags=("contract",)), every(coefficient), flags=("contract",))
    bits = builder.shl(builder.sub(whole, ir.Constant(whole_type, [1] * WIDE)), ir.Constant(whole_type, [23] * WIDE))
    return builder.fmul(total, builder.bitcast(bits, VECTOR))


@intrinsic
def copy(typing, source, start, out, at):
    """Copy WIDE floats."""
    def generate(context, builder, signature, args):
        value = builder.load(wide(context, builder, signature, args, 0), align=4)
        builder.store(value, wide(context, builder, signature, args, 2), align=4)
        return context.get_dummy_value()

    return types.void(ARRAY, types.intp, ARRAY, types.intp), generate


@intrinsic
def add(typing, source, start, out, at):
    """Add WIDE floats to others."""
    def generate(context, builder, signature, args):
        place = wide(context, builder, signature, args, 2)
        value = builder.load(wide(context, builder, signature, args, 0), align=4)
        builder.store(builder.fadd(value, builder.load(place, align=4)), place, align=4)
        return context.get_dummy_value()

    return types.void(ARRAY, types.intp, ARRAY, types.intp), generate


@intrinsic
def rectify(typing, array, at):
    """ReLU on WIDE floats in place."""
    def generate(context, builder, signature, args):
        place = wide(context, builder, signature, args, 0)
        builder.store(clamp(builder, builder.load(place, align=4), 0.0, 3e38), place, align=4)
        return context.get_dummy_value()

    return types.void(ARRAY, types.intp), generate


@intrinsic
def gate(typing, waves, wave_at, gates, gate_at, out, at):
    """tanh(wave) * logistic(gate) of WIDE floats, with one division."""
    def generate(context, builder, signature, args):
        wave, opening = (builder.load(wide(context, builder, signature, args, place), align=4) for place in (0, 2))
        a = exp(builder, builder.fmul(clamp(builder, wave, -9.0, 9.0), every(-2.0)))
        b = exp(builder, builder.fmul(clamp(builder, opening, -18.0, 18.0), every(-1.0)))
        below = builder.fmul(builder.fadd(every(1.0), a), builder.fadd(every(1.0), b))
        builder.store(builder.fdiv(builder.fsub(every(1.0), a), below), wide(context, builder, signature, args, 4),
                      align=4)
        return context.get_dummy_value()

    return types.void(ARRAY, types.intp, ARRAY, types.intp, ARRAY, types.intp), generate


@intrinsic
def powers(typing, array, at, scale):
    """exp(scale * x) of WIDE floats in place."""
    def generate(context, builder, signature, args):
        place = wide(context, builder, signature, args, 0)
        x = builder.fmul(builder.load(place, align=4), spread(builder, args[2]))
        builder.store(exp(builder, clamp(builder, x, -80.0, 80.0)), place, align=4)
        return context.get_dummy_value()

    return types.void(ARRAY, types.intp, types.float32), generate
