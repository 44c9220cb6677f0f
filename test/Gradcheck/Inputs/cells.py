# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints functions with one kind of layer in all its forms.

usage: cells.py rnn|lstm|gru dynamic|static|padding

One layer for each variant, direction, and with or without lengths. Biases,
initial states and zoneout are present or absent in turn. A layer's input and states depend
on parameters, and the loss on all its results.

dynamic  a loss function for each layer that leaves time and batch open
static   one for each layer and each pair of sizes
padding  @loss with all layers that have lengths, in f32, and @main, which
         calls its @gradients with several values behind the lengths, then with
         another value in front of one, and prints how many elements of loss and
         gradients differ from those with zero or are not finite
"""

import itertools
import random
import sys

INPUTS, HIDDEN, PROJECTED = 2, 3, 2
VARIANTS = {
    "rnn": ["tanh", "relu", "identity"],
    "lstm": ["plain", "peepholes", "projection", "both"],
    "gru": ["reset_first", "linear_before_reset"],
}
GATES = {"rnn": 1, "lstm": 4, "gru": 3}
WORDS = {"tanh": " tanh", "relu": " relu", "identity": " identity",
         "linear_before_reset": " linear_before_reset"}
DIRECTIONS = ["forward", "reverse", "bidirectional"]
SIZES = list(itertools.product((0, 1, 5), (1, 3)))
FLOAT = "f64"


def tensor(*sizes):
    return "tensor<%s>" % "x".join([*map(str, sizes), FLOAT])


def clause(word, values):
    return " %s(%s : %s)" % (word, ", ".join(v for v, _ in values),
                             ", ".join(t for _, t in values))


class Layer:
    """A layer on %xs and a loss of its results, in `self.body`."""

    def __init__(self, kind, variant, direction, lengths, T, B, number, name=""):
        self.kind, self.variant, self.B = kind, variant, B
        self.number, self.name = number, name
        self.params, self.body = [], []
        projects = variant in ("projection", "both")
        self.hidden = PROJECTED if projects else HIDDEN
        both = direction == "bidirectional"

        inits = (number + number // 6) % 3
        operands = clause("lengths", [("%n", "tensor<%sxi32>" % B)]) if lengths else ""
        operands += self.group("", inits != 2)
        if both:
            operands += self.group("reverse_", inits == 0)
        words = WORDS.get(variant, "") + " reverse" * (direction == "reverse")
        if number % 5 == 3:
            words += ' "z%s"' % name
            operands += " zoneout [%s] key(%%key, %%count)" % ("0.3, 0.2" if kind == "lstm" else "0.3")
        states = [tensor(B, self.hidden)]
        if kind == "lstm":
            states.append(tensor(B, HIDDEN))
        states *= 1 + both
        y = tensor(T, B, self.hidden * (1 + both))
        self.emit("#r:%d = gradopt.%s%s %%xs : %s%s -> %s", 1 + len(states), kind, words,
                  tensor(T, B, INPUTS), operands, ", ".join([y] + states))

        # Every result counts, each in another way.
        self.emit("#q = arith.mulf #r#0, #r#0 : %s", y)
        self.emit("#l0 = gradopt.mean_squared_error #q, #r#0 : %s, %s -> %s", y, y, tensor())
        for i, type in enumerate(states, 1):
            self.emit("#t%d = math.sin #r#%d : %s", i, i, type)
            self.emit("#u%d = arith.mulf #t%d, #t%d : %s", i, i, i, type)
            self.emit("#m%d = gradopt.mean_squared_error #u%d, #r#%d : %s, %s -> %s", i, i, i, type, type, tensor())
            self.emit("#l%d = arith.addf #l%d, #m%d : %s", i, i - 1, i, tensor())
        self.loss = "%%%sl%d" % (name, len(states))

    def emit(self, text, *values):
        """A line in which #x is this layer's %x; a result number keeps its #."""
        text = text.replace("#r#", "#r@").replace("#", "%%" + self.name).replace("@", "#")
        self.body.append(text % values)

    def param(self, name, sizes, reach=0.7):
        self.params.append((self.name + name, sizes, reach))
        return "%" + self.name + name, tensor(*sizes)

    def broadcast(self, name, width):
        """A row that is a parameter, for every row of the batch."""
        value, row = self.param(name, [width])
        type = tensor(self.B, width)
        self.emit("#%s_e = tensor.empty(%s) : %s", name, "%B" if self.B == "?" else "", type)
        self.emit("#%s_b = linalg.broadcast ins(%s : %s) outs(%s_e : %s) dimensions = [0]",
                  name, value, row, value, type)
        return value + "_b", type

    def group(self, prefix, has_init):
        """The operands of one direction."""
        width = GATES[self.kind] * HIDDEN
        text = ""
        if has_init:
            states = [self.broadcast(prefix + "h0", self.hidden)]
            if self.kind == "lstm":
                states.append(self.broadcast(prefix + "c0", HIDDEN))
            text += clause(prefix + "init", states)
        text += clause(prefix + "weights",
                       [self.param(prefix + "w_ih", [INPUTS, width]),
                        self.param(prefix + "w_hh", [self.hidden, width], 0.5)])
        biases = (self.number + self.number // 2) % 4
        if biases < 2:
            text += clause(prefix + "bias_ih", [self.param(prefix + "b_ih", [width])])
        if biases in (0, 2):
            text += clause(prefix + "bias_hh", [self.param(prefix + "b_hh", [width])])
        if self.variant in ("peepholes", "both"):
            text += clause(prefix + "peepholes",
                           [self.param(prefix + "p_" + gate, [HIDDEN]) for gate in "ifo"])
        if self.hidden == PROJECTED:
            text += clause(prefix + "projection",
                           [self.param(prefix + "w_hr", [HIDDEN, PROJECTED])])
        return text


RANDOM = ["%key: tensor<2xi64> {gradopt.random}", "%count: tensor<i64> {gradopt.step_count}"]


def print_function(name, arguments, params, body, loss):
    arguments = RANDOM + arguments + [
        '%%%s: %s {gradopt.param = #gradopt.param<"%s", init = uniform(-%s, %s)>}'
        % (param, tensor(*sizes), param, reach, reach) for param, sizes, reach in params]
    print("func.func @%s(\n    %s)\n    -> (%s {gradopt.loss}) {" % (name, ",\n    ".join(arguments), tensor()))
    for line in body + ["return %s : %s" % (loss, tensor())]:
        print("  " + line)
    print("}")


def print_loss(name, layer, lengths, T, B):
    x = tensor(T, B, INPUTS)
    arguments = ['%%x: %s {gradopt.input = "x"}' % x]
    if lengths:
        arguments.append('%%n: tensor<%sxi32> {gradopt.input = "n", gradopt.dims = "%s"}'
                         % (B, "B" if B == "?" else ""))
    body = []
    if T == "?":
        for i, dim in enumerate("TB"):
            body += ["%%k%d = arith.constant %d : index" % (i, i),
                     "%%%s = tensor.dim %%x, %%k%d : %s" % (dim, i, x)]
    body += ["%%x_e = tensor.empty(%s) : %s" % ("%T, %B" if T == "?" else "", x),
             "%%x_b = linalg.broadcast ins(%%scale : %s) outs(%%x_e : %s) dimensions = [0, 1]" % (tensor(INPUTS), x),
             "%%xs = arith.mulf %%x, %%x_b : %s" % x]
    print_function(name, arguments, [("scale", [INPUTS], 1.0)] + layer.params, body + layer.body, layer.loss)


def print_losses(kind, sizes):
    forms = itertools.product(VARIANTS[kind], DIRECTIONS, (False, True))
    for number, (variant, direction, lengths) in enumerate(forms):
        for T, B in [("?", "?")] if sizes == "dynamic" else SIZES:
            name = "_".join([variant, direction] + ["lengths"] * lengths)
            if T != "?":
                name += "_%d_%d" % (T, B)
            print_loss(name, Layer(kind, variant, direction, lengths, T, B, number), lengths, T, B)


def dense(values):
    if isinstance(values, list):
        return "[%s]" % ", ".join(map(dense, values))
    return str(values)


def print_padding(kind):
    T, lengths = 5, [5, 0, 3, -2, 9, 1]
    B = len(lengths)
    x = tensor(T, B, INPUTS)
    forms = itertools.product(VARIANTS[kind], DIRECTIONS)
    layers = [Layer(kind, variant, direction, True, T, B, number, "_%d_" % number)
              for number, (variant, direction) in enumerate(forms)]
    # The input is a parameter, so that it has a gradient.
    params = [("xs", [T, B, INPUTS], 1.0)] + sum((layer.params for layer in layers), [])
    body = sum((layer.body for layer in layers), [])
    loss = layers[0].loss
    for i, layer in enumerate(layers[1:], 1):
        body.append("%%s%d = arith.addf %s, %s : %s" % (i, loss, layer.loss, tensor()))
        loss = "%%s%d" % i
    print_function("loss", ['%%n: tensor<%dxi32> {gradopt.input = "n", gradopt.dims = ""}' % B], params, body, loss)

    numbers = random.Random(1)

    def draw(sizes, reach):
        if not sizes:
            return "%.6f" % numbers.uniform(-reach, reach)
        return [draw(sizes[1:], reach) for _ in range(sizes[0])]

    def pad(values, fill, lengths):
        return [[row if t < lengths[b] else [fill] * INPUTS for b, row in enumerate(rows)]
                for t, rows in enumerate(values)]

    results = [tensor()] + [tensor(*sizes) for _, sizes, _ in params]
    types = ", ".join(["tensor<2xi64>", "tensor<i64>", "tensor<%dxi32>" % B] + results[1:])
    print("func.func private @gradients(%s) -> (%s)" % (types, ", ".join(results)))
    print("func.func @main() {")
    print("  %key = arith.constant dense<[12, 34]> : tensor<2xi64>")
    print("  %count = arith.constant dense<5> : tensor<i64>")
    print("  %%n = arith.constant dense<%s> : tensor<%dxi32>" % (dense(lengths), B))
    print("  %zero = arith.constant dense<0> : tensor<i32>")
    for name, sizes, reach in params[1:]:
        print("  %%%s = arith.constant dense<%s> : %s" % (name, dense(draw(sizes, reach)), tensor(*sizes)))
    values = draw([T, B, INPUTS], 1.0)
    # The last one shows that a difference would be seen.
    inputs = [pad(values, fill, lengths) for fill in ("0.0", "0x7FC00000", "0x7F800000", "0xFF800000", "3.0e38")]
    inputs.append(pad(values, "0.5", [5, 0, 3, -2, 9, 0]))
    for call, values in enumerate(inputs):
        print("  %%x%d = arith.constant dense<%s> : %s" % (call, dense(values), x))
        print("  %%y%d:%d = call @gradients(%s) : (%s) -> (%s)" % (
            call, len(results),
            ", ".join(["%key", "%count", "%n", "%x" + str(call)] + ["%" + name for name, _, _ in params[1:]]),
            types, ", ".join(results)))
        total = "%zero"
        for i, type in enumerate(results):
            rank = type.count("x")
            dims = ", ".join("d%d" % d for d in range(rank))
            maps = ["affine_map<(%s) -> (%s)>" % (dims, dims)] * 2 + ["affine_map<(%s) -> ()>" % dims]
            this = "%%d_%d_%d" % (call, i)
            print("""  %s = linalg.generic {indexing_maps = [%s], iterator_types = [%s]}
      ins(%%y%d#%d, %%y0#%d : %s, %s) outs(%s : tensor<i32>) {
  ^bb0(%%a: f32, %%b: f32, %%sum: i32):
    %%i = arith.bitcast %%a : f32 to i32
    %%j = arith.bitcast %%b : f32 to i32
    %%differs = arith.cmpi ne, %%i, %%j : i32
    %%e = arith.constant 0x7F800000 : i32
    %%k = arith.andi %%j, %%e : i32
    %%nonfinite = arith.cmpi eq, %%k, %%e : i32
    %%bad = arith.ori %%differs, %%nonfinite : i1
    %%one = arith.extui %%bad : i1 to i32
    %%more = arith.addi %%sum, %%one : i32
    linalg.yield %%more : i32
  } -> tensor<i32>""" % (this, ", ".join(maps), ", ".join(['"reduction"'] * rank), call, i, i, type, type, total))
            total = this
        print("  %%bad%d = tensor.extract %s[] : tensor<i32>\n  vector.print %%bad%d : i32" % (call, total, call))
    print("  return\n}")


kind, mode = sys.argv[1:]
if mode == "padding":
    FLOAT = "f32"
    print_padding(kind)
else:
    print_losses(kind, mode)
