# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the values of @state in values.mlir, by hand, to the file named."""

import json
import struct
import sys

TENSORS = {  # type, shape, elements
    "grad.table": ("F64", [2, 1], [0.0, 8.0]),
    "h": ("F64", [1, 1], [2.0]),
    "loss": ("F64", [], [4.0]),
    "next.h": ("F64", [1, 1], [4.0]),
    "table": ("F64", [2, 1], [5.0, 2.0]),
    "tokens": ("I32", [1], [1]),
}

header, data = {}, b""
for name, (kind, shape, elements) in TENSORS.items():
    bytes_ = struct.pack(f"<{len(elements)}{'d' if kind == 'F64' else 'i'}", *elements)
    header[name] = {
        "dtype": kind,
        "shape": shape,
        "data_offsets": [len(data), len(data) + len(bytes_)],
    }
    data += bytes_
text = json.dumps(header).encode()
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
