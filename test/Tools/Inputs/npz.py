# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads and writes the arrays of numpy.savez without NumPy.

usage: npz.py list FILE                 name, type and shape of each array
       npz.py values FILE NAME          its elements, one line for each row
       npz.py compare FILE NAME OTHER NAME
                                        largest difference and magnitude
       npz.py write FILE NAME=TYPE:JSON...
                                        TYPE as in '<i4', JSON a nested list
"""

import ast
import json
import math
import struct
import sys
import zipfile

CODES = {"<f4": "f", "<f8": "d", "|b1": "?", "<i4": "i", "<i8": "q"}


def read(path):
    """Returns (type, shape, elements) by name."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            data = archive.read(member)
            assert data[:6] == b"\x93NUMPY", member
            size, = struct.unpack_from("<H", data, 8)
            header = ast.literal_eval(data[10:10 + size].decode())
            assert not header["fortran_order"]
            kind, shape = header["descr"], header["shape"]
            count = math.prod(shape)
            arrays[member.removesuffix(".npy")] = kind, shape, struct.unpack_from(
                f"<{count}{CODES[kind]}", data, 10 + size)
    return arrays


def flatten(values):
    """Returns shape and elements of a nested list."""
    if not isinstance(values, list):
        return (), [values]
    parts = [flatten(value) for value in values]
    return (len(parts), *(parts[0][0] if parts else ())), [
        element for part in parts for element in part[1]]


def write(path, arrays):
    with zipfile.ZipFile(path, "w") as archive:
        for text in arrays:
            name, rest = text.split("=", 1)
            kind, values = rest.split(":", 1)
            shape, elements = flatten(json.loads(values))
            header = str({"descr": kind, "fortran_order": False, "shape": shape})
            header += " " * (-(len(header) + 11) % 64) + "\n"
            archive.writestr(name + ".npy", b"\x93NUMPY\1\0" + struct.pack(
                "<H", len(header)) + header.encode() + struct.pack(
                    f"<{len(elements)}{CODES[kind]}", *elements))


def main():
    command, path, *rest = sys.argv[1:]
    if command == "write":
        write(path, rest)
        return
    arrays = read(path)
    if command == "list":
        for name in sorted(arrays):
            print(name, arrays[name][0], "x".join(map(str, arrays[name][1])))
    elif command == "values":
        _, shape, elements = arrays[rest[0]]
        row = math.prod(shape[1:])
        for i in range(shape[0]):
            print(*(f"{value:g}" for value in elements[i * row:(i + 1) * row]))
    else:
        name, other, other_name = rest
        _, shape, values = arrays[name]
        _, other_shape, others = read(other)[other_name]
        if shape != other_shape:
            sys.exit(f"the shapes are {shape} and {other_shape}")
        print("difference %.1e of %.2f" % (
            max(abs(a - b) for a, b in zip(values, others)), max(map(abs, others))))


main()
