#===- pytorch_projection.py - an LSTM with projection and an RNN -----------===#
#
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Writes a small module's parameters, inputs and outputs, as test inputs.

    python pytorch_projection.py [DIRECTORY]     (default: ../Inputs/pytorch)

The files in test/Inputs/pytorch were written with torch 2.13.0 (CPU), numpy and
safetensors. The tests that read them need none of these; run this script only to
make them anew.

The module is an LSTM in both directions (4 inputs, 6 hidden units, 3 outputs in
each direction by proj_size) and an RNN (tanh, 5 units).

    projection.safetensors   its state_dict, in float32
    projection_inputs.npz    x (N x T x 4) and target (N x T x 5), of N = 5 rows
    projection_outputs.npz   y (N x T x 5) in float32 and y64 in float64
"""

import pathlib
import sys

import numpy
import torch
from safetensors.torch import save_file

N, T = 5, 7
HERE = pathlib.Path(__file__).resolve().parent


class Module(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(4, 6, bidirectional=True, proj_size=3)
        self.rnn = torch.nn.RNN(6, 5)

    def forward(self, x):
        y, _ = self.lstm(x.transpose(0, 1))
        y, _ = self.rnn(y)
        return y.transpose(0, 1)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(7)
    module = Module()
    x, target = torch.randn(N, T, 4), torch.randn(N, T, 5)
    folder = pathlib.Path(sys.argv[1]) if sys.argv[1:] else (
        HERE.parent / "Inputs" / "pytorch")
    folder.mkdir(parents=True, exist_ok=True)
    save_file(module.state_dict(), folder / "projection.safetensors")
    numpy.savez(folder / "projection_inputs.npz", x=x.numpy(),
                target=target.numpy())
    y = module(x).detach()
    y64 = module.double()(x.double()).detach()
    numpy.savez(folder / "projection_outputs.npz", y=y.numpy(),
                y64=y64.numpy())


if __name__ == "__main__":
    main()
