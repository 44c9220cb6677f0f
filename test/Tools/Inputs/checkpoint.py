# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a checkpoint's step and the values of f32 tensors, one line for each.

usage: checkpoint.py FILE [TENSOR...]
"""

import json
import struct
import sys


def read(path):
    """Returns the header and the data of a safetensors file."""
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        return json.loads(file.read(size)), file.read()


def read_step(path):
    return int(read(path)[0]["__metadata__"]["gradopt.step"])


def main():
    header, data = read(sys.argv[1])
    print("step", header["__metadata__"]["gradopt.step"])
    for name in sys.argv[2:]:
        begin, end = header[name]["data_offsets"]
        values = struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])
        print(name, *(f"{value:g}" for value in values))


if __name__ == "__main__":
    main()
