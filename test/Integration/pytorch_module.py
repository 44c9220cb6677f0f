#===- pytorch_module.py - a module of PyTorch with its outputs -------------===#
#
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Writes a small module's parameters, inputs and outputs, as test inputs.

    python pytorch_module.py [DIRECTORY]     (default: ../Inputs/pytorch)

The files in test/Inputs/pytorch were written with torch 2.13.0 (CPU), numpy and
safetensors. The tests that read them need none of these; run this script only to
make them anew.

The module is an embedding (11 x 5), an LSTM of two layers in both directions (6
hidden units), a GRU (4 units) and a linear layer (8 classes).

    module.safetensors   its state_dict, in float32
    module_inputs.npz    tokens (N x T) and targets (N x T), of N = 5 rows
    module_outputs.npz   logits (N x T x 8) in float32 and logits64 in float64

With a file of parameters that gradopt-train exported, it says whether PyTorch
computes the same with them:

    python pytorch_module.py --check EXPORTED.safetensors
"""

import pathlib
import sys

import numpy
import torch
from safetensors.torch import load_file, save_file

N, T, SYMBOLS, CLASSES = 5, 7, 11, 8
HERE = pathlib.Path(__file__).resolve().parent


class Module(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(SYMBOLS, 5)
        self.lstm = torch.nn.LSTM(5, 6, 2, bidirectional=True)
        self.gru = torch.nn.GRU(12, 4)
        self.out = torch.nn.Linear(4, CLASSES)

    def forward(self, tokens):
        y, _ = self.lstm(self.embed(tokens.t()))
        y, _ = self.gru(y)
        return self.out(y).transpose(0, 1)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(7)
    module = Module()
    tokens = torch.randint(SYMBOLS, (N, T), dtype=torch.int32)
    targets = torch.randint(CLASSES, (N, T), dtype=torch.int32)
    logits = module(tokens)
    if sys.argv[1:2] == ["--check"]:
        module.load_state_dict(load_file(sys.argv[2]))
        print("equal" if torch.equal(module(tokens), logits) else "different")
        return
    folder = pathlib.Path(sys.argv[1]) if sys.argv[1:] else (
        HERE.parent / "Inputs" / "pytorch")
    folder.mkdir(parents=True, exist_ok=True)
    save_file(module.state_dict(), folder / "module.safetensors")
    numpy.savez(folder / "module_inputs.npz", tokens=tokens.numpy(),
                targets=targets.numpy())
    logits64 = module.double()(tokens)
    numpy.savez(folder / "module_outputs.npz", logits=logits.detach().numpy(),
                logits64=logits64.detach().numpy())


if __name__ == "__main__":
    main()
