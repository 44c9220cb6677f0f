# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How much gradients differ that two programs have written."""

import array
import ast
import operator
import struct
import zipfile

CODES = {"<f4": "f", "<f8": "d"}


def read(path):
    """The arrays of an npz of floats, by name, flat."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            start = 10 if data[6] == 1 else 12
            size = struct.unpack_from("<H" if start == 10 else "<I", data, 8)[0]
            header = ast.literal_eval(data[start:start + size].decode())
            if header["fortran_order"]:
                raise ValueError(f"{name} is column by column")
            values = array.array(CODES[header["descr"]])
            values.frombytes(data[start + size:])
            arrays[name.removesuffix(".npy")] = values
    return arrays


def largest_difference(path, reference):
    """The largest over all gradients of the largest difference of one element
    over the largest element of the reference's gradient."""
    ours, theirs = read(path), read(reference)
    worst = 0.0
    for name, values in theirs.items():
        largest = max(map(abs, values), default=0.0)
        difference = max(map(abs, map(operator.sub, ours[name], values)), default=0.0)
        worst = max(worst, difference / largest if largest else difference)
    return worst
