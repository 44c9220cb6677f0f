# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loss functions of recurrent networks, on which fusion is tested.

    networks.py [--time=T] [--batch=B] [--loops] PATTERN...   prints a module
    networks.py --list PATTERN...                             prints names

A name is CELL-LAYERS-DIRECTION or CELL-LAYERS-DIRECTION-lengths; a pattern is
as in a shell. "mix:N" is the N-th of six selections of one network for each
cell, in which all cells together meet each two of layers, direction and lengths
in all ways, as each cell does in the six; "mix-1:N" is the N-th of six with one
layer. "+N/M" takes of the patterns before it every M-th network from the N-th
on. Time and batch are dynamic without --time. With --loops the scans that users
write are loops of scf that read and write slices.

The cells are gradopt's own and others that users wrote (cells.py). A network
returns its loss, outputs and final states. In half of the networks the input
depends on a parameter, so that it has a gradient; x behind the lengths counts
for nothing, so that it may be NaN there.
"""

import argparse
import fnmatch
import itertools
from dataclasses import dataclass, replace

from cells import CELLS, Writer, tensor

LAYERS = (1, 3)
DIRECTIONS = ("forward", "reverse", "bidirectional")
# Each two of layers, direction and lengths meet in all ways.
ARRAY = [(1, "forward", False), (3, "forward", True), (3, "reverse", False),
         (1, "reverse", True), (1, "bidirectional", True),
         (3, "bidirectional", False)]

ONE_LAYER = [(1, direction, lengths) for _, direction, lengths in ARRAY]


@dataclass(frozen=True)
class Network:
    number: int
    cell: str
    layers: int
    direction: str
    lengths: bool
    loops: bool = False

    @property
    def name(self):
        return "-".join([self.cell, str(self.layers), self.direction]
                        + ["lengths"] * self.lengths)

    @property
    def suffixes(self):
        """What is appended to the names of each direction's values."""
        return {"forward": ["f"], "reverse": ["r"],
                "bidirectional": ["f", "r"]}[self.direction]

    @property
    def shifts(self):
        """Whether the input depends on a parameter."""
        return self.number % 2 == 0


def make_networks():
    forms = itertools.product(LAYERS, DIRECTIONS, (False, True))
    for form, (layers, direction, lengths) in enumerate(forms):
        for number, cell in enumerate(CELLS):
            yield Network(form + number + form // 2, cell, layers, direction, lengths)


NETWORKS = list(make_networks())


def select(patterns):
    chosen = []
    for pattern in patterns or ["*"]:
        if pattern.startswith("mix"):
            word, turn = pattern.split(":")
            array = ARRAY if word == "mix" else ONE_LAYER
            forms = {cell: array[(int(turn) + i) % len(array)] for i, cell in enumerate(CELLS)}
            chosen += [n for n in NETWORKS
                       if (n.layers, n.direction, n.lengths) == forms[n.cell]]
        elif pattern.startswith("+"):
            first, step = map(int, pattern[1:].split("/"))
            chosen = chosen or NETWORKS
            chosen = chosen[first::step]
        else:
            chosen += [n for n in NETWORKS if fnmatch.fnmatch(n.name, pattern)]
    return list(dict.fromkeys(chosen))


def print_layer(writer, network, layer, x, size):
    """Returns the name of y and its size, and those of the final states."""
    cell = CELLS[network.cell]
    width, ys, finals = cell.width(writer), [], []
    if cell.named:
        return cell.print_layer(writer, network, layer, x, size)
    for suffix in network.suffixes:
        prefix = f"l{layer}{suffix}_"
        y, states = cell.print_direction(writer, network, prefix, x, size,
                                    reverse=suffix == "r")
        ys.append(y)
        finals += [(state, width) for state in states]
    if len(ys) == 1:
        return ys[0], width, finals
    half = tensor(writer.T, writer.B, width)
    full = tensor(writer.T, writer.B, 2 * width)
    writer.emit(f"%l{layer}_y = tensor.concat dim(2) {ys[0]}, {ys[1]} : "
                f"({half}, {half}) -> {full}")
    return f"%l{layer}_y", 2 * width, finals


def print_network(network, T, B, function=None, **sizes):
    writer = Writer(T, B, **sizes)
    x_type = tensor(T, B, writer.inputs)
    writer.argument("x", x_type, 'gradopt.input = "x"')
    # The only dynamic size of what has no time steps.
    dims = ', gradopt.dims = "%s"' % ("B" if B == "?" else "")
    if network.lengths:
        writer.argument("n", f"tensor<{B}xi32>", 'gradopt.input = "n"' + dims)
    writer.sizes()
    x, size = "%x", writer.inputs
    if network.shifts:
        writer.param("shift", [writer.inputs], 0.5)
        writer.broadcast("%x_shift", "%shift", [T, B, writer.inputs])
        writer.emit(f"%x_s = arith.addf %x, %x_shift : {x_type}")
        x = "%x_s"
    results = []
    for layer in range(network.layers):
        x, size, finals = print_layer(writer, network, layer, x, size)
        results += [(name, tensor(B, width)) for name, width in finals]
    results.insert(0, (x, tensor(T, B, size)))

    # Every result counts, and no gradient is even or odd in it.
    total = None
    for i, (name, kind) in enumerate(results):
        counted = ""
        if i == 0 and network.lengths:
            counted = f" lengths(%n : tensor<{B}xi32>)"
        writer.emit(f"%q{i} = arith.mulf {name}, {name} : {kind}",
                    f"%m{i} = gradopt.mean_squared_error %q{i}, {name}{counted} "
                    f": {kind}, {kind} -> tensor<f32>")
        if total:
            writer.emit(f"%s{i} = arith.addf {total}, %m{i} : tensor<f32>")
        total = f"%s{i}" if total else f"%m{i}"
    writer.print_function(
        function or network.name.replace("-", "_"),
        [(total, "tensor<f32>", "gradopt.loss"),
         *((name, kind, f'gradopt.output = "result{i}"' + (dims if i > 0 else ""))
           for i, (name, kind) in enumerate(results))])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--time", type=int)
    parser.add_argument("--batch", type=int, default=3)
    parser.add_argument("--loops", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    args = parser.parse_args()
    for network in select(args.patterns):
        network = replace(network, loops=args.loops)
        if args.list:
            print(network.name)
        elif args.time is None:
            print_network(network, "?", "?")
        else:
            print_network(network, args.time, args.batch)


if __name__ == "__main__":
    main()
