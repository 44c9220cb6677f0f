# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes arrays as numpy.savez does, without NumPy."""

import array
import struct
import zipfile

# By array.array's type code, which is what struct calls it too.
TYPES = {"f": "<f4", "i": "<i4"}


def npy(code, shape, values):
    """The bytes of one .npy file: the format's version 1.0, row-major."""
    data = array.array(code, values)
    count = 1
    for size in shape:
        count *= size
    if len(data) != count:
        raise ValueError(f"{len(data)} values do not fill the shape {shape}")
    header = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (
        TYPES[code], "".join(f"{size}, " for size in shape))
    # The data begin at a multiple of 64 bytes.
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    packed = struct.pack(f"<{len(data)}{code}", *data)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + packed


def save(path, **arrays):
    """Writes each array, given as (type code, shape, flat values), under its name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (code, shape, values) in arrays.items():
            archive.writestr(name + ".npy", npy(code, shape, values))
