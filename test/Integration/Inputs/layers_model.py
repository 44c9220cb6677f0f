# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the model whose values pytorch_layers.py computes.

usage: layers_model.py KIND_LAYERS_DIRECTIONS_LENGTHS

KIND is rnn_tanh, rnn_relu, lstm, lstm_proj or gru; DIRECTIONS is 1 or 2 and
LENGTHS 0 or 1.
"""

import sys

T, B, I, H, P = 4, 3, 2, 3, 2
GATES = {"rnn_tanh": 1, "rnn_relu": 1, "lstm": 4, "lstm_proj": 4, "gru": 3}
OPS = {"rnn_tanh": "rnn tanh", "rnn_relu": "rnn relu", "lstm": "lstm",
       "lstm_proj": "lstm", "gru": "gru linear_before_reset"}


def output_size(kind):
    return P if kind == "lstm_proj" else H


def states(kind):
    """The names of the states and their sizes."""
    first = [("h", output_size(kind))]
    return first + [("c", H)] if kind.startswith("lstm") else first


def weights(kind, layer, directions):
    """The names of one direction's weights and their shapes, as gradopt has them."""
    width = GATES[kind] * H
    inputs = I if layer == 0 else output_size(kind) * directions
    shapes = {"weight_ih": [inputs, width], "weight_hh": [output_size(kind), width],
              "bias_ih": [width], "bias_hh": [width]}
    if kind == "lstm_proj":
        shapes["weight_hr"] = [H, P]
    return shapes


def suffixes(directions):
    return ["", "_reverse"][:directions]


def tensor(*shape):
    return "tensor<%s>" % "x".join([*map(str, shape), "f32"])


def clause(word, values):
    return " %s(%s : %s)" % (word, ", ".join("%" + v for v, _ in values), ", ".join(t for _, t in values))


def main(kind, layers, directions, lengths):
    arguments, body, outputs, terms = [], [], [], []

    def param(name, shape):
        symbol = name.replace(".", "_")
        arguments.append('%%%s: %s {gradopt.param = #gradopt.param<"%s">}' % (symbol, tensor(*shape), name))
        return symbol, tensor(*shape)

    value, width = param("x", [T, B, I])[0], I
    if lengths:
        arguments.append('%%n: tensor<%dxi32> {gradopt.input = "n", gradopt.dims = ""}' % B)
    for layer in range(layers):
        text = " lengths(%%n : tensor<%dxi32>)" % B if lengths else ""
        finals = []
        for direction, suffix in enumerate(suffixes(directions)):
            prefix = "reverse_" if direction else ""
            initial = []
            for state, size in states(kind):
                initial.append(param("%s0.l%d%s" % (state, layer, suffix), [B, size]))
                finals.append(("%sn.l%d%s" % (state, layer, suffix), tensor(B, size)))
            values = {name: param("%s_l%d%s" % (name, layer, suffix), shape)
                      for name, shape in weights(kind, layer, directions).items()}
            text += clause(prefix + "init", initial)
            text += clause(prefix + "weights", [values["weight_ih"], values["weight_hh"]])
            text += clause(prefix + "bias_ih", [values["bias_ih"]])
            text += clause(prefix + "bias_hh", [values["bias_hh"]])
            if kind == "lstm_proj":
                text += clause(prefix + "projection", [values["weight_hr"]])
        next_width = output_size(kind) * directions
        y = tensor(T, B, next_width)
        body.append("%%r%d:%d = gradopt.%s \"l%d\" %%%s : %s%s -> %s" % (
            layer, 1 + len(finals), OPS[kind], layer, value, tensor(T, B, width), text,
            ", ".join([y] + [type for _, type in finals])))
        for i, (name, type) in enumerate(finals, 1):
            outputs.append((name, "%%r%d#%d" % (layer, i), type))
        value, width = "r%d#0" % layer, next_width
    outputs.insert(0, ("y", "%" + value, tensor(T, B, width)))

    # The mean of y² and a tenth of those of the final states. A tenth by
    # division: an f32 constant would be rounded before it is widened.
    for i, (name, result, type) in enumerate(outputs):
        body += ["%%z%d = arith.constant dense<0.0> : %s" % (i, type),
                 "%%m%d = gradopt.mean_squared_error %s, %%z%d : %s, %s -> tensor<f32>" % (i, result, i, type, type)]
        if i > 1:
            body.append("%%s%d = arith.addf %s, %%m%d : tensor<f32>" % (i, "%m1" if i == 2 else "%%s%d" % (i - 1), i))
    total = "%m1" if len(outputs) == 2 else "%%s%d" % (len(outputs) - 1)
    body += ["%ten = arith.constant dense<10.0> : tensor<f32>",
             "%%tenth = arith.divf %s, %%ten : tensor<f32>" % total,
             "%loss = arith.addf %m0, %tenth : tensor<f32>"]
    print("func.func @loss(\n    %s)\n    -> (%s) {" % (
        ",\n    ".join(arguments),
        ",\n        ".join(["tensor<f32> {gradopt.loss}"] + [
            '%s {gradopt.output = "%s"}' % (type, name)
            for name, _, type in outputs])))
    for line in body:
        print("  " + line)
    print("  return %s : %s\n}" % (
        ", ".join(["%loss"] + [result for _, result, _ in outputs]),
        ", ".join(["tensor<f32>"] + [type for _, _, type in outputs])))


if __name__ == "__main__":
    kind, *form = sys.argv[1].rsplit("_", 3)
    main(kind, *map(int, form))
