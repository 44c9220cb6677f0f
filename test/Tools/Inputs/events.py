# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the framing of event files as TensorFlow defines it and counts events.

usage: events.py FILE...            the number of events
       events.py --tags FILE...     the tags of all scalars, sorted
       events.py --tag=TAG FILE...  step and value of each scalar of this tag
       events.py --tensors FILE...  step, tag and plugin of each histogram and text

report.py uses it as a module. A record is its length (8 bytes), the length's masked CRC-32C, the event and its
masked CRC-32C, little-endian. An event is a protocol buffer: its step is field 2,
its summary field 5, with values in field 1, whose tag and number are 1 and 2. A tensor
is field 8, with f64 values in field 6 and strings in field 8; what shows it is named
by field 1 of field 1 of field 9.
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


def read(path, partial=False):
    """Yields the events of a file as bytes; `partial`: it may end in one."""
    with open(path, "rb") as file:
        data = file.read()
    offset = 0
    while offset < len(data):
        if partial and (len(data) < offset + 16 or len(data) < offset + 16 +
                        struct.unpack_from("<Q", data, offset)[0]):
            return
        head = data[offset:offset + 8]
        length, check = struct.unpack_from("<QI", data, offset)
        event = data[offset + 12:offset + 12 + length]
        event_check, = struct.unpack_from("<I", data, offset + 12 + length)
        if (check, event_check) != (masked_crc32c(head), masked_crc32c(event)):
            sys.exit(f"{path}: a checksum at byte {offset} is wrong")
        offset += 16 + length
        yield event


def fields(message):
    """Yields number and value of each field of a protocol buffer."""
    def varint():
        nonlocal offset
        value = shift = 0
        while True:
            byte = message[offset]
            offset += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    offset = 0
    while offset < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(key & 7) or varint()
        yield key >> 3, message[offset:offset + size]
        offset += size


def scalars(event):
    """Yields step, tag and value of an event's scalars."""
    step = dict(fields(event)).get(2, 0)
    for number, summary in fields(event):
        if number == 5:
            for _, value in fields(summary):
                parts = dict(fields(value))
                if 8 in parts:
                    continue
                # A zero is not stored.
                yield step, parts[1].decode(), struct.unpack(
                    "<f", parts.get(2, bytes(4)))[0]


def tensors(event):
    """Yields step, tag, the plugin that shows it, and the values of tensors."""
    step = dict(fields(event)).get(2, 0)
    for number, summary in fields(event):
        if number != 5:
            continue
        for _, value in fields(summary):
            parts = dict(fields(value))
            if 8 not in parts:
                continue
            plugin = dict(fields(dict(fields(parts[9]))[1]))[1].decode()
            values = []
            for field, content in fields(parts[8]):
                if field == 6:
                    values += struct.unpack(f"<{len(content) // 8}d", content)
                elif field == 8:
                    values.append(content.decode())
            yield step, parts[1].decode(), plugin, values


def is_start(event):
    """Whether a run was resumed with this event's step (field 7 holds 1)."""
    return dict(fields(dict(fields(event)).get(7, b""))).get(1) == 1


def main():
    options = [word for word in sys.argv[1:] if word.startswith("--")]
    paths = [word for word in sys.argv[1:] if not word.startswith("--")]
    for path in paths:
        events = list(read(path))
        if not options:
            print(len(events), "events")
            continue
        if options == ["--tensors"]:
            for step, tag, plugin, values in (found for event in events
                                              for found in tensors(event)):
                bars = (f"{len(values) // 3} bars, sum {sum(values[2::3]):g}"
                        if plugin == "histograms" else "")
                print(step, tag, plugin, bars)
            continue
        found = [scalar for event in events for scalar in scalars(event)]
        if options == ["--tags"]:
            print(*sorted({tag for _, tag, _ in found}), sep="\n")
            continue
        for step, tag, value in found:
            if "--tag=" + tag in options:
                print(step, f"{value:g}")


if __name__ == "__main__":
    main()
