#!/usr/bin/env python3
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes an archive of made-up reviews for sentiment.mlir.

usage: make_sentiment.py OUT.npz [ROWS [SEED]]

A review is a row of word numbers: mostly neutral words, one to four that praise and
one to four that blame, never as many of both. "not" turns the next word that praises
or blames into the opposite, however many neutral words stand between. The label is 1
if praise prevails. Who only counts words misses what a "not" has turned.

tokens (N x 24), lengths (N), labels (N), all int32. Word 0 fills up the rows.
"""

import random
import sys

import npz_file

TIME = 24
PADDING, NOT = 0, 1
PRAISE, BLAME, NEUTRAL = range(2, 8), range(8, 14), range(14, 32)


def make_review(rng):
    """One review without padding, and its label."""
    praise, blame = rng.sample(range(1, 5), 2)
    words = []
    for is_praise in rng.sample([True] * praise + [False] * blame, praise + blame):
        turned = rng.random() < 0.4
        chosen = rng.choice(PRAISE if is_praise != turned else BLAME)
        between = [rng.choice(NEUTRAL) for _ in range(rng.randrange(2))]
        words += [NOT] * turned + between + [chosen]
    while len(words) < TIME and rng.random() < 0.8:
        words.append(rng.choice(NEUTRAL))
    return words[:TIME], int(praise > blame)


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__.strip())
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    reviews = [make_review(rng) for _ in range(rows)]
    tokens = [token for words, _ in reviews for token in words + [PADDING] * (TIME - len(words))]
    npz_file.save(
        sys.argv[1],
        tokens=("i", (rows, TIME), tokens),
        lengths=("i", (rows,), [len(words) for words, _ in reviews]),
        labels=("i", (rows,), [label for _, label in reviews]))


if __name__ == "__main__":
    main()
