#===- pytorch_reference.py - reference values from PyTorch -----------------===#
#
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Writes what PyTorch computes for small recurrent networks, as test inputs.

    python pytorch_reference.py [DIRECTORY]     (default: ../Inputs/recurrent)

The files in test/Inputs/recurrent were written with torch 2.13.0 (CPU). The
tests that read them need no PyTorch; run this script only to make them anew.

Inputs/networks.py says which networks there are. Those that PyTorch has are
computed by torch.nn.LSTM, GRU and RNN, with packed sequences where they have
lengths; the others by Inputs/onnx_layers.py. Of each there are two files:

    NETWORK_f64.safetensors   all arguments, and all results in float64
    NETWORK_f32.safetensors   all results in float32

The arguments are stored as float32 numbers, which they are: both computations
begin with the same.

The loss is a scalar that depends on every output and every final state:

    loss = mean(y^2) + 0.1 * (the sum of mean(s^2) over all final states s)

Tensors, for layer k = 0, 1, 2; of the reverse direction the same with _reverse
behind the name (G: the gates' columns; D: inputs of the layer; P: size of h,
the projection's if there is one, else H):

    x  [T, B, D]            y  [T, B, P or 2P]        loss  []
    lengths  [B]
    h0_lk, hn_lk  [B, P]    c0_lk, cn_lk  [B, H]
    weight_ih_lk  [D, G]    weight_hh_lk  [P, G]      weight_hr_lk  [H, P]
    bias_ih_lk, bias_hh_lk  [G]
    peephole_i_lk, peephole_f_lk, peephole_o_lk  [H]
    grad.NAME  the gradient of the loss with respect to NAME, for x, h0, c0 and
               all weights, biases and peepholes

The weights are in gradopt's layout, that is, transposed from PyTorch's: y =
x W, inputs by gates. The gates are in PyTorch's order: i, f, g, o and r, z, n,
each H columns wide.
"""

import json
import math
import pathlib
import struct
import sys
import zlib

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "Inputs"))
import networks
import onnx_layers

MODULES = {
    "lstm": lambda *sizes, **options: torch.nn.LSTM(*sizes, **options),
    "lstm_projection": lambda *sizes, **options: torch.nn.LSTM(
        *sizes, proj_size=networks.PROJECTED, **options),
    "gru": lambda *sizes, **options: torch.nn.GRU(*sizes, **options),
    "rnn_tanh": lambda *sizes, **options: torch.nn.RNN(
        *sizes, nonlinearity="tanh", **options),
    "rnn_relu": lambda *sizes, **options: torch.nn.RNN(
        *sizes, nonlinearity="relu", **options),
}


def save_safetensors(path, tensors):
    """The format: the header's length (u64), a JSON header, the elements.

    All is little-endian; the header is padded with blanks to 8 bytes."""
    kinds = {torch.float64: ("F64", "<f8"), torch.float32: ("F32", "<f4"),
             torch.int32: ("I32", "<i4")}
    header, data = {"__metadata__": {"torch": torch.__version__}}, b""
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


def make_arguments(network):
    """Float64 values that float32 represents exactly, in gradopt's layout."""
    generator = torch.Generator().manual_seed(zlib.crc32(network.name.encode()))
    scales = {"x": 1.0, "h0": 0.5, "c0": 0.5, "weight": 0.5, "bias": 0.3,
              "peephole": 0.5}

    def round(value):
        return value.float().double()

    arguments = {}
    for name, shape in network.parameters().items():
        value = torch.randn(*shape, generator=generator, dtype=torch.float64)
        arguments[name] = round(value * scales[name.split("_")[0]])
    for name, value in arguments.items():
        if not name.startswith("weight_hh"):
            continue
        projection = arguments.get(name.replace("hh", "hr"))
        for gate in value.split(networks.HIDDEN, dim=1):  # views: radius 0.9
            through = gate if projection is None else gate @ projection
            gate *= 0.9 / torch.linalg.eigvals(through).abs().max()
        arguments[name] = round(value)
    for row, length in enumerate(network.lengths or []):
        arguments["x"][max(length, 0):, row] = math.nan
    return arguments


def transpose(name, value):
    """From gradopt's layout to PyTorch's and back."""
    return value.t() if name.startswith("weight") else value


def compute_pytorch(network, leaves):
    """y, and all final states by name, by PyTorch's layer."""
    bidirectional = network.direction == "bidirectional"
    module = MODULES[network.kind](
        networks.INPUTS, networks.HIDDEN, num_layers=network.layers,
        bidirectional=bidirectional, bias="unbiased" not in network.options,
        dtype=leaves["x"].dtype)
    ends = [f"_l{layer}{suffix}" for layer in range(network.layers)
            for suffix in network.suffixes]
    parameters = {name: leaf for name, leaf in leaves.items()
                  if name.startswith(("weight", "bias"))}
    assert parameters.keys() == dict(module.named_parameters()).keys()
    x = leaves["x"]
    if network.lengths:
        x = pack_padded_sequence(x, torch.tensor(network.lengths),
                                 enforce_sorted=False)
    initial = ()
    if "initial" in network.options:
        initial = [torch.stack([leaves[f"{state}0{end}"] for end in ends])
                   for state in network.states]
        initial = (tuple(initial) if len(initial) > 1 else initial[0],)
    y, final = torch.func.functional_call(module, parameters, (x, *initial))
    if network.lengths:
        y, _ = pad_packed_sequence(y, total_length=networks.T)
    final = final if len(network.states) > 1 else (final,)
    return y, {f"{state}n{end}": value
               for state, values in zip(network.states, final)
               for end, value in zip(ends, values)}


def compute(network, arguments, dtype):
    """All results, by name, in gradopt's layout."""
    leaves = {name: transpose(name, value).to(dtype).contiguous().requires_grad_()
              for name, value in arguments.items()}
    pytorch = network.kind in networks.PYTORCH_KINDS
    y, final = (compute_pytorch if pytorch else onnx_layers.compute)(
        network, leaves)
    loss = (y**2).mean() + 0.1 * sum((s**2).mean() for s in final.values())
    gradients = torch.autograd.grad(loss, list(leaves.values()))
    results = {"loss": loss, "y": y, **final}
    assert {name: tuple(value.shape)
            for name, value in results.items()} == network.results()
    for name, gradient in zip(leaves, gradients):
        results["grad." + name] = transpose(name, gradient)
    assert all(value.isfinite().all() for value in results.values())
    return results


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    default = pathlib.Path(__file__).resolve().parent.parent / "Inputs" / "recurrent"
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    directory.mkdir(parents=True, exist_ok=True)
    for name, network in networks.NETWORKS.items():
        arguments = make_arguments(network)
        stored = {name: value.float() for name, value in arguments.items()}
        if network.lengths:
            stored["lengths"] = torch.tensor(network.lengths, dtype=torch.int32)
        save_safetensors(directory / f"{name}_f64.safetensors",
                         stored | compute(network, arguments, torch.float64))
        save_safetensors(directory / f"{name}_f32.safetensors",
                         compute(network, arguments, torch.float32))


if __name__ == "__main__":
    main()
