# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""change_value.py FILE NAME RESULT: copies a safetensors file, but adds 2^-23 to
the first element of the f64 tensor named."""

import json
import pathlib
import struct
import sys

source, name, result = sys.argv[1:]
data = bytearray(pathlib.Path(source).read_bytes())
(length,) = struct.unpack_from("<Q", data)
tensor = json.loads(data[8:8 + length])[name]
assert tensor["dtype"] == "F64"
place = 8 + length + tensor["data_offsets"][0]
(value,) = struct.unpack_from("<d", data, place)
struct.pack_into("<d", data, place, value + 2**-23)
pathlib.Path(result).write_bytes(data)
