#!/usr/bin/env python3
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a table of made-up measurements for forecast.mlir.

usage: make_forecast.py OUT.csv [ROWS [SEED]]

Each row is one hour. temperature and wind are sums of sines, of a day, of a week and of
some hours, with noise; load follows temperature of three hours before and wind.
"""

import math
import random
import sys


def wave(hour, *parts):
    """A sum of sines, each given as amplitude, period in hours and phase."""
    return sum(size * math.sin(2 * math.pi * (hour / period + phase))
               for size, period, phase in parts)


def temperature(hour):
    return 12 + wave(hour, (6, 24, 0.6), (2, 168, 0.1), (1, 9, 0.3))


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__.strip())
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write("temperature,wind,load\n")
        for hour in range(rows):
            wind = 5 + wave(hour, (2, 31, 0.2), (1.5, 13, 0.7))
            load = 50 - 2 * temperature(hour - 3) + 1.5 * wind + wave(hour, (4, 12, 0.0))
            file.write(f"{temperature(hour) + rng.gauss(0, 0.4):.3f},"
                       f"{wind + rng.gauss(0, 0.2):.3f},{load + rng.gauss(0, 0.8):.3f}\n")


if __name__ == "__main__":
    main()
