# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is measured: recurrent networks, their flops and their IR.

    cases.py [options as bench.py's]    prints the module of a network
"""

import argparse
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

GATES = {"lstm": 4, "gru": 3, "rnn": 1}
DIRECTIONS = ("forward", "bidirectional")

RECIPE = """
gradopt.recipe @train {
  model = @%s, result = @step,
  optimizer = #gradopt.sgd<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  on_nonfinite = skip%s
}
"""
MONITOR = ",\n  monitor = #gradopt.monitor<norms, through_time>"


class BadCase(Exception):
    """A case that cannot be, with the reason for the user."""


@dataclass(frozen=True)
class Case:
    cell: str  # a name in GATES, or a file of IR
    shape: tuple  # T, B, I, H, L
    direction: str = "forward"
    lengths: tuple = None  # shortest and longest
    proj: int = None
    linear_before_reset: bool = True

    def __post_init__(self):
        T, B, I, H, L = self.shape
        if min(self.shape) < 1:
            raise BadCase("every number of a shape must be at least 1")
        if self.is_file:
            if not Path(self.cell).is_file():
                raise BadCase(f"there is no file {self.cell}; a cell is {', '.join(GATES)} or a "
                              "file of IR, FILE.mlir")
            if self.direction != "forward" or self.lengths or self.proj:
                raise BadCase("direction, lengths and projection of a file's cell are what the "
                              "file says: leave the options out")
        elif self.cell not in GATES:
            raise BadCase(f"unknown cell '{self.cell}': it is {', '.join(GATES)} or a file of "
                          "IR, FILE.mlir")
        if self.direction not in DIRECTIONS:
            raise BadCase(f"unknown direction '{self.direction}': it is {' or '.join(DIRECTIONS)}")
        if self.lengths and not 0 <= self.lengths[0] <= self.lengths[1] <= T:
            raise BadCase(f"lengths {self.lengths[0]}..{self.lengths[1]} are not 0 <= A <= B <= T "
                          f"with T = {T} time steps")
        if self.proj and self.cell != "lstm":
            raise BadCase("only an lstm has a projection")
        if self.proj and not 0 < self.proj < H:
            raise BadCase(f"the projection {self.proj} is not smaller than the {H} hidden units")

    @property
    def is_file(self):
        return self.cell.endswith(".mlir")

    @property
    def peer_file(self):
        """The same cell for the peers, beside a file of IR; None without one."""
        path = Path(self.cell).with_suffix(".py")
        return str(path) if self.is_file and path.is_file() else None

    @property
    def name(self):
        name = Path(self.cell).stem if self.is_file else self.cell
        if self.cell == "gru":
            name += f" (linear_before_reset {int(self.linear_before_reset)})"
        name += " " + ",".join(map(str, self.shape))
        if self.direction != "forward":
            name += " " + self.direction
        if self.lengths:
            name += " lengths %d..%d" % self.lengths
        if self.proj:
            name += f" projection {self.proj}"
        return name

    def as_json(self):
        fields = asdict(self)
        fields["shape"] = list(self.shape)
        fields["lengths"] = list(self.lengths) if self.lengths else None
        fields["linear_before_reset"] = self.linear_before_reset if self.cell == "gru" else None
        return fields

    def layers(self):
        """(number, suffixes of the directions, inputs, outputs of a direction)"""
        T, B, I, H, L = self.shape
        suffixes = [""] if self.direction == "forward" else ["", "_reverse"]
        out = self.proj or H
        for layer in range(L):
            yield layer, suffixes, I if layer == 0 else out * len(suffixes), out

    def flops(self):
        """Floating-point operations of a step: two for each multiply-add of the
        contractions forward, of dW, dR and dh, and of dX above the first layer.
        Nothing that is computed again counts, and every row counts T steps. None
        for a cell whose file does not tell."""
        T, B, I, H, L = self.shape
        if self.is_file:
            return load_peer(self.peer_file).flops(*self.shape) if self.peer_file else None
        total = 0
        for layer, suffixes, inputs, out in self.layers():
            x = inputs * GATES[self.cell] * H
            h = out * GATES[self.cell] * H + (H * out if self.proj else 0)
            total += len(suffixes) * (2 * (x + h) + h + (x if layer > 0 else 0))
        return 2 * T * B * total

    def module(self, dynamic=False, monitors=False):
        """The text of the model with its recipe; T and B are static in the IR of
        a named cell unless `dynamic`, and as a file has them."""
        extra = MONITOR if monitors else ""
        if self.is_file:
            text = Path(self.cell).read_text()
            if "gradopt.recipe" in text:
                return text
            functions = re.findall(r"func\.func (?:public )?@([\w$.]+)", text)
            if len(functions) != 1:
                raise BadCase(f"{self.cell} has no gradopt.recipe, and it is not clear which of "
                              f"its {len(functions)} functions is the loss")
            return text + RECIPE % (functions[0], extra)
        return print_network(self, dynamic) + RECIPE % ("loss", extra)


def load_peer(path):
    """The module of a file of Python."""
    import importlib.util
    spec = importlib.util.spec_from_file_location("cell", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tensor(*sizes, element="f32"):
    return "tensor<%s>" % "x".join([*map(str, sizes), element])


def print_layer(case, layer, suffixes, inputs, out, x, T, B, param):
    """The lines of one layer, which names its result %yLAYER."""
    H = case.shape[3]
    width = GATES[case.cell] * H
    kind = tensor(T, B, inputs)
    head = {"rnn": "rnn tanh", "lstm": "lstm",
            "gru": "gru linear_before_reset" if case.linear_before_reset else "gru"}[case.cell]
    text = f'gradopt.{head} "l{layer}" {x} : {kind}'
    if case.lengths:
        text += f"\n      lengths(%lengths : {tensor(B, element='i32')})"
    for suffix in suffixes:
        end = f"l{layer}{suffix}"
        clause = "reverse_" if suffix else ""
        for word, names in ((f"{clause}weights", [("weight_ih_", (inputs, width)),
                                                  ("weight_hh_", (out, width))]),
                            (f"{clause}bias_ih", [("bias_ih_", (width,))]),
                            (f"{clause}bias_hh", [("bias_hh_", (width,))]),
                            *([(f"{clause}projection", [("weight_hr_", (H, out))])]
                              if case.proj else [])):
            values = ", ".join(param(name + end, sizes) for name, sizes in names)
            types = ", ".join(tensor(*sizes) for _, sizes in names)
            text += f"\n      {word}({values} : {types})"
    y = tensor(T, B, out * len(suffixes))
    states = [tensor(B, out)] + ([tensor(B, H)] if case.cell == "lstm" else [])
    results = [y] + states * len(suffixes)
    text += f"\n      -> {', '.join(results)}"
    return f"  %y{layer}:{len(results)} = {text}", f"%y{layer}#0", y


def print_network(case, dynamic):
    T, B, I, H, L = case.shape
    if dynamic:
        T = B = "?"
    reach = H ** -0.5
    arguments = [f'%x: {tensor(T, B, I)} {{gradopt.input = "x"}}']
    if case.lengths:
        dims = ', gradopt.dims = "%s"' % ("B" if dynamic else "")
        arguments.append(f'%lengths: {tensor(B, element="i32")} {{gradopt.input = "lengths"{dims}}}')

    def param(name, sizes):
        arguments.append(f'%{name}: {tensor(*sizes)} {{gradopt.param = #gradopt.param<"{name}", '
                         f"init = uniform({-reach!r}, {reach!r})>}}")
        return "%" + name

    lines, x, kind = [], "%x", None
    for layer, suffixes, inputs, out in case.layers():
        line, x, kind = print_layer(case, layer, suffixes, inputs, out, x, T, B, param)
        lines.append(line)
    sizes = ""
    lines.append("  %zero = arith.constant 0.0 : f32")
    if dynamic:
        lines += [f"  %{d}_i = arith.constant {i} : index\n"
                  f"  %{d} = tensor.dim %x, %{d}_i : {tensor(T, B, I)}" for i, d in enumerate("TB")]
        sizes = "%T, %B"
    counted = f" lengths(%lengths : {tensor(B, element='i32')})" if case.lengths else ""
    lines += [f"  %empty = tensor.empty({sizes}) : {kind}",
              f"  %zeros = linalg.fill ins(%zero : f32) outs(%empty : {kind}) -> {kind}",
              f"  %loss = gradopt.mean_squared_error {x}, %zeros{counted} : {kind}, {kind} "
              "-> tensor<f32>"]
    return ("// The loss is the mean of y².\nfunc.func @loss(\n    " + ",\n    ".join(arguments)
            + ")\n    -> (tensor<f32> {gradopt.loss}) {\n" + "\n".join(lines)
            + "\n  return %loss : tensor<f32>\n}\n")


def parse_shape(text):
    if not re.fullmatch(r"\d+(,\d+){4}", text):
        raise argparse.ArgumentTypeError(
            f"'{text}' is not five numbers T,B,I,H,L: time steps, rows, inputs, hidden units, layers")
    return tuple(map(int, text.split(",")))


def parse_lengths(text):
    match = re.fullmatch(r"uniform:(\d+)\.\.(\d+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is not uniform:A..B")
    return int(match[1]), int(match[2])


def add_arguments(parser):
    parser.add_argument("--cell", metavar="lstm|gru|rnn|FILE.mlir",
                        help="default lstm; FILE.py beside a file is the cell for the peers")
    parser.add_argument("--shape", type=parse_shape, metavar="T,B,I,H,L",
                        help="time steps, rows, inputs, hidden units, layers")
    parser.add_argument("--direction", default="forward", metavar="|".join(DIRECTIONS))
    parser.add_argument("--lengths", type=parse_lengths, metavar="uniform:A..B",
                        help="time steps of each row, drawn from A to B")
    parser.add_argument("--proj", type=int, metavar="P", help="size of an lstm's projection")
    parser.add_argument("--linear-before-reset", type=int, choices=(0, 1), default=1,
                        help="form of a gru, default 1, PyTorch's")


def make_case(args):
    return Case(args.cell or "lstm", args.shape or (64, 32, 256, 256, 1), args.direction,
                args.lengths, args.proj, bool(args.linear_before_reset))


def default_cases(folder):
    """What is measured without --shape."""
    middle = (64, 32, 256, 256, 1)
    shapes = [middle, (35, 20, 650, 650, 2), (64, 64, 512, 512, 1), (128, 8, 256, 256, 1),
              (50, 32, 1024, 1024, 1), (512, 32, 256, 256, 1), (2048, 32, 256, 256, 1),
              (784, 64, 1, 128, 1), (100, 16, 64, 64, 2), (100, 1, 64, 64, 1)]
    return [*(Case("lstm", shape) for shape in shapes),
            Case("lstm", middle, direction="bidirectional"), Case("lstm", middle, proj=128),
            Case("lstm", middle, lengths=(16, 64)),
            Case("gru", middle), Case("gru", middle, linear_before_reset=False),
            Case("rnn", middle),
            Case(str(folder / "lstm_per_gate.mlir"), middle),
            Case(str(folder / "minimal_gated_unit.mlir"), middle)]


def main():
    parser = argparse.ArgumentParser(description="Prints the module of a network.")
    add_arguments(parser)
    parser.add_argument("--dynamic", action="store_true", help="time and rows are ?")
    parser.add_argument("--flops", action="store_true", help="print the flops of a step instead")
    args = parser.parse_args()
    try:
        case = make_case(args)
        sys.stdout.write(f"{case.flops()}\n" if args.flops else case.module(args.dynamic))
    except BadCase as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
