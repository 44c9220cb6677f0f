# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes what PyTorch computes for stacks of recurrent layers, as test inputs.

    python pytorch_layers.py [DIRECTORY]     (default: ../Inputs/pytorch/layers)

The files were written with torch 2.13.0 (CPU). The test that reads them needs
no PyTorch; run this script only to make them anew.

There is one network for each kind (RNN with tanh and relu, LSTM with and
without projection, GRU) and form: 1 and 3 layers forward, 1 and 3 layers
bidirectional on a packed sequence of ragged lengths. All have T = 4, B = 3,
biases and initial states. `KIND_LAYERS_DIRECTIONS_LENGTHS_f64.safetensors` has
the arguments, the results and all gradients in float64, `..._f32` what float32
gives for the results and gradients. All arguments are float32 numbers.

The loss is mean(y²) + 0.1 · the sum of the means of the squared final states.
Weights are transposed from PyTorch's. Inputs/layers_model.py prints the model.
"""

import pathlib
import sys

import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE / "Inputs")]
from layers_model import B, H, I, P, T, GATES, states, suffixes, weights
from pytorch_reference import save_safetensors

LENGTHS = [4, 1, 3]
FORMS = [(1, 1, 0), (3, 1, 0), (1, 2, 1), (3, 2, 1)]


def make_module(kind, layers, directions):
    both = directions == 2
    if kind.startswith("rnn"):
        return torch.nn.RNN(I, H, layers, nonlinearity=kind[4:], bidirectional=both)
    if kind == "gru":
        return torch.nn.GRU(I, H, layers, bidirectional=both)
    return torch.nn.LSTM(I, H, layers, bidirectional=both, proj_size=P if kind == "lstm_proj" else 0)


def make_arguments(kind, layers, directions, seed):
    """gradopt's names and layout to float64 values that float32 represents."""
    generator = torch.Generator().manual_seed(seed)

    def normal(shape, scale):
        value = torch.randn(*shape, generator=generator, dtype=torch.float64)
        return (value * scale).float().double()

    arguments = {"x": normal([T, B, I], 1.0)}
    for layer in range(layers):
        for suffix in suffixes(directions):
            for state, size in states(kind):
                arguments["%s0.l%d%s" % (state, layer, suffix)] = normal([B, size], 0.5)
            for name, shape in weights(kind, layer, directions).items():
                value = normal(shape, 0.5 if len(shape) == 2 else 0.3)
                if name == "weight_hh" and kind.startswith("rnn"):
                    radius = torch.linalg.eigvals(value).abs().max()
                    value = (value * (0.9 / radius)).float().double()
                arguments["%s_l%d%s" % (name, layer, suffix)] = value
    return arguments


def compute(kind, layers, directions, lengths, arguments, dtype):
    """The results and gradients of one file."""
    module = make_module(kind, layers, directions).to(dtype)
    leaves = {name: value.to(dtype).requires_grad_() for name, value in arguments.items()}
    parameters = {name: leaf.t() if name.startswith("weight") else leaf
                  for name, leaf in leaves.items() if name.startswith(("weight", "bias"))}
    order = ["l%d%s" % (layer, suffix) for layer in range(layers) for suffix in suffixes(directions)]
    initial = tuple(torch.stack([leaves["%s0.%s" % (state, place)] for place in order])
                    for state, _ in states(kind))
    x = leaves["x"]
    if lengths:
        x = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(LENGTHS), enforce_sorted=False)
    y, final = torch.func.functional_call(module, parameters, (x, initial if len(initial) > 1 else initial[0]))
    if lengths:
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, total_length=T)
    final = final if len(initial) > 1 else (final,)
    loss = (y**2).mean() + 0.1 * sum((value**2).mean() for values in final for value in values)
    gradients = torch.autograd.grad(loss, list(leaves.values()))
    results = {"y": y, "loss": loss}
    for (state, _), values in zip(states(kind), final):
        for place, value in zip(order, values):
            results["%sn.%s" % (state, place)] = value
    results.update(("grad." + name, gradient) for name, gradient in zip(leaves, gradients))
    return results


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "Inputs" / "pytorch" / "layers"
    directory.mkdir(parents=True, exist_ok=True)
    for seed, kind in enumerate(GATES):
        for form in FORMS:
            arguments = make_arguments(kind, form[0], form[1], seed)
            name = "%s_%d_%d_%d" % (kind, *form)
            metadata = {"torch": torch.__version__, "network": name}
            inputs = dict(arguments)
            if form[2]:
                inputs["n"] = torch.tensor(LENGTHS, dtype=torch.int32)
            save_safetensors(directory / (name + "_f64.safetensors"),
                             {**inputs, **compute(kind, *form, arguments, torch.float64)}, metadata)
            save_safetensors(directory / (name + "_f32.safetensors"),
                             compute(kind, *form, arguments, torch.float32), metadata)


if __name__ == "__main__":
    main()
