#===- pytorch_reference.py - reference values from PyTorch -----------------===#
#
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Writes what PyTorch computes for small recurrent networks, as test inputs.

    python pytorch_reference.py [DIRECTORY]     (default: ../Inputs/pytorch)

The files in test/Inputs/pytorch were written with torch 2.13.0 (CPU). The tests
that read them need no PyTorch; run this script only to make them anew.

There are three networks, each of 2 layers, T = 5 steps, batch B = 3, inputs
I = 4 and H = 6 hidden units, all with both biases and nonzero initial states:

    lstm      torch.nn.LSTM
    rnn_tanh  torch.nn.RNN, nonlinearity tanh
    rnn_relu  torch.nn.RNN, nonlinearity relu

and of each two files, `<network>_f64.safetensors`, computed in float64, and
`<network>_f32.safetensors`, computed in float32. The inputs of both are the
same numbers: they are rounded to float32 first, so a float32 result can be
compared with either file.

The loss is a scalar that depends on every output and every final state:

    loss = mean(y^2) + 0.1 * (mean(hn.0^2) + mean(hn.1^2)
                              + mean(cn.0^2) + mean(cn.1^2))       (cn: LSTM)

Tensors, for layer k = 0, 1 (G = 4 H for the LSTM, H for the RNNs; D = I for
layer 0, H for layer 1):

    x  [T, B, I]            y  [T, B, H]            loss  []
    h0.k, c0.k, hn.k, cn.k  [B, H]
    weight_ih.k  [D, G]     weight_hh.k  [H, G]
    bias_ih.k  [G]          bias_hh.k  [G]
    grad.NAME  the gradient of the loss with respect to NAME, for x, h0.k, c0.k
               and all weights and biases

The weights are in gradopt's layout, that is, transposed from PyTorch's: y =
x W, inputs by gates. The gates are in PyTorch's order: input, forget, cell,
output (i, f, g, o), each H columns wide.
"""

import json
import pathlib
import struct
import sys

import torch

T, B, I, H, LAYERS = 5, 3, 4, 6, 2
NETWORKS = {
    "lstm": lambda: torch.nn.LSTM(I, H, LAYERS),
    "rnn_tanh": lambda: torch.nn.RNN(I, H, LAYERS, nonlinearity="tanh"),
    "rnn_relu": lambda: torch.nn.RNN(I, H, LAYERS, nonlinearity="relu"),
}


def save_safetensors(path, tensors, metadata):
    """The format: the header's length (u64), a JSON header, the elements.

    All is little-endian; the header is padded with blanks to 8 bytes."""
    kinds = {
        torch.float64: ("F64", "<f8"),
        torch.float32: ("F32", "<f4"),
        torch.int32: ("I32", "<i4"),
    }
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        kind, numpy_kind = kinds[tensor.dtype]
        # Not ascontiguousarray: it makes a vector of a scalar.
        elements = tensor.detach().numpy().astype(numpy_kind).tobytes(order="C")
        header[name] = {
            "dtype": kind,
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(elements)],
        }
        data += elements
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def make_inputs(network, seed):
    """PyTorch's names to float64 values that float32 represents exactly."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape, scale):
        value = torch.randn(*shape, generator=generator, dtype=torch.float64)
        return (value * scale).float().double()

    inputs = {"x": normal(T, B, I, scale=1.0)}
    gates = 4 if network == "lstm" else 1
    for k in range(LAYERS):
        inputs[f"h0.{k}"] = normal(B, H, scale=0.5)
        if network == "lstm":
            inputs[f"c0.{k}"] = normal(B, H, scale=0.5)
        width = I if k == 0 else H
        inputs[f"weight_ih.{k}"] = normal(gates * H, width, scale=0.5)
        recurrent = normal(gates * H, H, scale=0.5)
        for gate in recurrent.split(H):  # views: each square, radius 0.9
            gate *= 0.9 / torch.linalg.eigvals(gate).abs().max()
        inputs[f"weight_hh.{k}"] = recurrent.float().double()
        inputs[f"bias_ih.{k}"] = normal(gates * H, scale=0.3)
        inputs[f"bias_hh.{k}"] = normal(gates * H, scale=0.3)
    return inputs


def compute(network, inputs, dtype):
    """All tensors of one file, in gradopt's names and layout."""
    module = NETWORKS[network]().to(dtype)
    leaves = {n: v.to(dtype).requires_grad_() for n, v in inputs.items()}
    states = "hc" if network == "lstm" else "h"
    initial = tuple(
        torch.stack([leaves[f"{s}0.{k}"] for k in range(LAYERS)]) for s in states
    )
    parameters = {
        name.replace(".", "_l"): leaf
        for name, leaf in leaves.items()
        if name.startswith(("weight", "bias"))
    }
    y, final = torch.func.functional_call(
        module, parameters, (leaves["x"], initial if len(states) > 1 else initial[0])
    )
    final = final if len(states) > 1 else (final,)
    loss = (y**2).mean() + 0.1 * sum(
        (s[k] ** 2).mean() for s in final for k in range(LAYERS)
    )
    gradients = torch.autograd.grad(loss, list(leaves.values()))

    def layout(name, value):
        return value.t() if "weight" in name else value

    tensors = {n: layout(n, v) for n, v in leaves.items()}
    tensors["y"], tensors["loss"] = y, loss
    for state, values in zip(states, final):
        for k in range(LAYERS):
            tensors[f"{state}n.{k}"] = values[k]
    for name, gradient in zip(leaves, gradients):
        tensors[f"grad.{name}"] = layout(name, gradient)
    return tensors


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    default = pathlib.Path(__file__).resolve().parent.parent / "Inputs" / "pytorch"
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    directory.mkdir(parents=True, exist_ok=True)
    for seed, network in enumerate(NETWORKS, start=1):
        inputs = make_inputs(network, seed)
        for dtype, suffix in ((torch.float64, "f64"), (torch.float32, "f32")):
            metadata = {
                "torch": torch.__version__,
                "network": network,
                "layout": "weights are input x gates*hidden; gates i, f, g, o",
            }
            save_safetensors(
                directory / f"{network}_{suffix}.safetensors",
                compute(network, inputs, dtype),
                metadata,
            )


if __name__ == "__main__":
    main()
