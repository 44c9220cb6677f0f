# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the framing of event files as TensorFlow defines it and counts events.

usage: events.py FILE...

A record is its length (8 bytes), the length's masked CRC-32C, the event and its
masked CRC-32C, little-endian.
"""

import struct
import sys


def masked_crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def count(path):
    with open(path, "rb") as file:
        data = file.read()
    events = offset = 0
    while offset < len(data):
        head = data[offset:offset + 8]
        length, check = struct.unpack_from("<QI", data, offset)
        event = data[offset + 12:offset + 12 + length]
        event_check, = struct.unpack_from("<I", data, offset + 12 + length)
        if (check, event_check) != (masked_crc32c(head), masked_crc32c(event)):
            sys.exit(f"{path}: a checksum at byte {offset} is wrong")
        offset += 16 + length
        events += 1
    return events


for path in sys.argv[1:]:
    print(count(path), "events")
