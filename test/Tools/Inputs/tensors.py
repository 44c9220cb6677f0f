# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints or changes the tensors of a safetensors file.

usage: tensors.py FILE                   name, type, shape and CRC-32 of each
       tensors.py FILE NAME...           the elements of f32 tensors
       tensors.py FILE --to=OTHER [--drop=NAME] [--add=NAME:TYPE:SHAPE] [--set=NAME:TYPE:JSON]
                       [--fill=NAME:BITS]
                                         a changed copy; SHAPE as in 2x3, of zeros;
                                         BITS of all elements of an f32 tensor
"""

import json
import math
import struct
import sys
import zlib

from checkpoint import read

SIZES = {"F64": 8, "F32": 4, "I64": 8, "I32": 4, "BF16": 2, "F16": 2}
CODES = {"F64": "d", "F32": "f"}


def main():
    path, *rest = sys.argv[1:]
    header, data = read(path)
    header.pop("__metadata__", None)
    tensors = {name: (entry["dtype"], entry["shape"],
                      data[slice(*entry["data_offsets"])])
               for name, entry in header.items()}
    if not rest:
        for name, (kind, shape, content) in sorted(tensors.items()):
            print(name, kind, "x".join(map(str, shape)),
                  f"{zlib.crc32(content):08x}")
        return
    if not rest[0].startswith("--"):
        for name in rest:
            content = tensors[name][2]
            print(name, *(f"{value:g}" for value in struct.unpack(
                f"<{len(content) // 4}f", content)))
        return
    target = None
    for option in rest:
        word, value = option.split("=", 1)
        if word == "--to":
            target = value
        elif word == "--drop":
            del tensors[value]
        elif word == "--add":
            name, kind, shape = value.split(":")
            dims = [int(dim) for dim in shape.split("x")]
            tensors[name] = kind, dims, bytes(SIZES[kind] * math.prod(dims))
        elif word == "--fill":
            name, bits = value.split(":")
            kind, dims, _ = tensors[name]
            element = struct.pack("<I", int(bits, 0))
            tensors[name] = kind, dims, element * math.prod(dims)
        else:
            name, kind, values = value.split(":", 2)
            elements = json.loads(values)
            tensors[name] = kind, [len(elements)], struct.pack(
                f"<{len(elements)}{CODES[kind]}", *elements)
    header, data = {}, b""
    for name, (kind, shape, content) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    with open(target, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


main()
