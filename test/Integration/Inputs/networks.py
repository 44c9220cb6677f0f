# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The recurrent networks whose values are compared with a reference.

    networks.py NAME       prints the network's loss function
    networks.py            prints all names

A name says what the network is: kind, layers, direction and options, as in
"lstm-3-bidirectional-lengths-initial". The kinds that PyTorch has:

    lstm                 torch.nn.LSTM
    lstm_projection      torch.nn.LSTM with proj_size
    gru                  torch.nn.GRU, that is gru with linear_before_reset
    rnn_tanh, rnn_relu   torch.nn.RNN

and those that it has not, which follow ONNX:

    lstm_peepholes, lstm_peepholes_projection
    gru_reset_first      gru without linear_before_reset
    rnn_identity         activation Affine

Options: "lengths", sequences of unequal length, of which x is NaN behind the
end; "initial", initial states that are not zero; "unbiased", no biases.
"""

import itertools
import sys
from dataclasses import dataclass

T, B = 5, 3
INPUTS, HIDDEN, PROJECTED = 4, 3, 2

PYTORCH_KINDS = ["lstm", "lstm_projection", "gru", "rnn_tanh", "rnn_relu"]
ONNX_KINDS = ["lstm_peepholes", "lstm_peepholes_projection", "gru_reset_first",
              "rnn_identity"]
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
WORDS = {"gru": ["linear_before_reset"], "rnn_tanh": ["tanh"],
         "rnn_relu": ["relu"], "rnn_identity": ["identity"]}


@dataclass(frozen=True)
class Network:
    kind: str
    layers: int
    direction: str  # forward, reverse or bidirectional
    options: tuple = ()

    @property
    def name(self):
        return "-".join([self.kind, str(self.layers), self.direction,
                         *self.options])

    @property
    def cell(self):
        return self.kind.split("_")[0]

    @property
    def states(self):
        return "hc" if self.cell == "lstm" else "h"

    @property
    def suffixes(self):
        """What is appended to the names of each direction's operands."""
        return ["", "_reverse"] if self.direction == "bidirectional" else [""]

    @property
    def output(self):
        """The size of h."""
        return PROJECTED if "projection" in self.kind else HIDDEN

    @property
    def lengths(self):
        if "lengths" not in self.options:
            return None
        if self.kind in ONNX_KINDS:  # a row without a step, and one above T
            return [0, T + 2, 3]
        # PyTorch wants a step in each row. In one case no row has the last one.
        return [2, 4, 1] if self.direction == "bidirectional" else [5, 1, 3]

    def state_size(self, state):
        return self.output if state == "h" else HIDDEN

    def weights(self, layer, suffix):
        """Name and shape (inputs by gates) of what one direction learns."""
        gates = GATES[self.cell] * HIDDEN
        inputs = INPUTS if layer == 0 else self.output * len(self.suffixes)
        end = f"_l{layer}{suffix}"
        weights = {"weight_ih" + end: (inputs, gates),
                   "weight_hh" + end: (self.output, gates)}
        if "unbiased" not in self.options:
            weights |= {"bias_ih" + end: (gates,), "bias_hh" + end: (gates,)}
        if "peepholes" in self.kind:
            weights |= {f"peephole_{gate}{end}": (HIDDEN,) for gate in "ifo"}
        if "projection" in self.kind:
            weights["weight_hr" + end] = (HIDDEN, PROJECTED)
        return weights

    def initial(self, layer, suffix):
        if "initial" not in self.options:
            return {}
        return {f"{state}0_l{layer}{suffix}": (B, self.state_size(state))
                for state in self.states}

    def parameters(self):
        """All for which there is a gradient, x and initial states included."""
        shapes = {"x": (T, B, INPUTS)}
        for layer, suffix in itertools.product(range(self.layers),
                                               self.suffixes):
            shapes |= self.initial(layer, suffix) | self.weights(layer, suffix)
        return shapes

    def final(self, layer):
        """The final states of a layer in the order of its results."""
        return {f"{state}n_l{layer}{suffix}": (B, self.state_size(state))
                for suffix in self.suffixes for state in self.states}

    def results(self):
        """Names and shapes of all that is compared, but for gradients."""
        shapes = {"loss": (), "y": (T, B, self.output * len(self.suffixes))}
        for layer in range(self.layers):
            shapes |= self.final(layer)
        return shapes


def make_networks():
    """With one layer all combinations, with three those in which each two of
    direction, lengths and initial states meet in all ways."""
    both = ("lengths", "initial")
    every = [(), ("initial",), ("lengths",), both]
    networks = []
    for kind in PYTORCH_KINDS:
        for layers, direction, choices in [
                (1, "forward", every),
                (1, "bidirectional", every + [("unbiased",)]),
                (3, "forward", [(), both]),
                (3, "bidirectional", [("initial",), ("lengths",)])]:
            networks += [Network(kind, layers, direction, options)
                         for options in choices]
    for kind in ONNX_KINDS:
        for layers, direction, choices in [
                (1, "forward", every[1:3]),
                (1, "reverse", every[1:3]),
                (1, "bidirectional", every[1:3] + [("unbiased",)]),
                (3, "forward", [()]),
                (3, "reverse", [("lengths",)]),
                (3, "bidirectional", [both])]:
            networks += [Network(kind, layers, direction, options)
                         for options in choices]
    return {network.name: network for network in networks}


NETWORKS = make_networks()


def tensor(shape, element="f32"):
    return "tensor<%s>" % "x".join([*map(str, shape), element])


def print_clause(word, values):
    """`word(%a, %b : type, type)`, or nothing without values."""
    if not values:
        return []
    return ["%s(%s : %s)" % (word, ", ".join("%" + name for name in values),
                             ", ".join(map(tensor, values.values())))]


def print_layer(network, layer):
    words = WORDS.get(network.kind, [])
    if network.direction == "reverse":
        words = words + ["reverse"]
    x = "y_l%d" % (layer - 1) if layer > 0 else "x"
    inputs = (network.output * len(network.suffixes) if layer > 0 else INPUTS)
    text = [" ".join(["gradopt." + network.cell, *words, f'"layer{layer}"',
                      f"%{x} : {tensor((T, B, inputs))}"])]
    if network.lengths:
        text.append("lengths(%%lengths : %s)" % tensor((B,), "i32"))
    for suffix in network.suffixes:
        prefix = "reverse_" if suffix else ""
        weights = network.weights(layer, suffix)

        def choose(*names):
            return {name: shape for name, shape in weights.items()
                    if name.startswith(names)}
        text += print_clause(prefix + "init", network.initial(layer, suffix))
        for word, names in [("weights", ("weight_ih", "weight_hh")),
                            ("bias_ih", ("bias_ih",)),
                            ("bias_hh", ("bias_hh",)),
                            ("peepholes", ("peephole",)),
                            ("projection", ("weight_hr",))]:
            text += print_clause(prefix + word, choose(*names))
    y = (T, B, network.output * len(network.suffixes))
    types = [tensor(shape) for shape in [y, *network.final(layer).values()]]
    text.append("-> " + ", ".join(types))
    results = [f"y_l{layer}", *network.final(layer)]
    return "  %s = %s" % (", ".join("%" + name for name in results),
                          "\n      ".join(text))


def print_model(network):
    """loss = mean(y^2) + the sum of mean(s^2) over all final states s / 10."""
    arguments = ['%%%s: %s {gradopt.param = #gradopt.param<"%s">}'
                 % (name, tensor(shape), name)
                 for name, shape in network.parameters().items()]
    if network.lengths:
        arguments.append('%%lengths: %s {gradopt.input = "lengths"}'
                         % tensor((B,), "i32"))
    results = network.results()
    values = {name: f"y_l{network.layers - 1}" if name == "y" else name
              for name in results}
    marked = ["%s {%s}" % (tensor(shape), "gradopt.loss" if name == "loss"
                           else f'gradopt.output = "{name}"')
              for name, shape in results.items()]
    print("func.func @loss(\n    %s)\n    -> (%s) {" %
          (",\n    ".join(arguments), ",\n        ".join(marked)))
    for layer in range(network.layers):
        print(print_layer(network, layer))
    for name, shape in results.items():
        if name == "loss":
            continue
        kind = tensor(shape)
        print(f"  %no_{name} = arith.constant dense<0.0> : {kind}")
        print(f"  %l_{name} = gradopt.mean_squared_error %{values[name]}, "
              f"%no_{name} : {kind}, {kind} -> tensor<f32>")
    first, *rest = [name for name in results if name not in ("loss", "y")]
    total = "%l_" + first
    for name in rest:
        print(f"  %s_{name} = arith.addf {total}, %l_{name} : tensor<f32>")
        total = "%s_" + name
    # A tenth of it: an f32 constant would be rounded before it is widened.
    print("  %ten = arith.constant dense<10.0> : tensor<f32>")
    print(f"  %scaled = arith.divf {total}, %ten : tensor<f32>")
    print("  %loss = arith.addf %l_y, %scaled : tensor<f32>")
    print("  return %s : %s\n}" %
          (", ".join("%" + value for value in values.values()),
           ", ".join(tensor(shape) for shape in results.values())))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print_model(NETWORKS[sys.argv[1]])
    else:
        print("\n".join(NETWORKS))
