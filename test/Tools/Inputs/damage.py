# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Damages an event file.

usage: damage.py FILE INDEX [--cut]

Flips a bit in the content of record INDEX, counted from 0, or ends the file in it.
"""

import struct
import sys


def main():
    path, index = sys.argv[1], int(sys.argv[2])
    with open(path, "rb") as file:
        data = bytearray(file.read())
    offset = 0
    for _ in range(index):
        offset += 16 + struct.unpack_from("<Q", data, offset)[0]
    if "--cut" in sys.argv:
        del data[offset + 20:]
    else:
        data[offset + 12] ^= 1
    with open(path, "wb") as file:
        file.write(data)


main()
