#!/usr/bin/env python3
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes an archive of made-up speech features for speech_frames.mlir.

usage: make_speech_frames.py OUT.npz [ROWS [SEED]]

An utterance is a sequence of sounds, each of three to six frames of eight features: the
sound's own features and noise. There are six sounds. Sounds 0 and 1 have the same
features: it is 0 before a sound from 2 to 3 and 1 before one from 4 to 5. So a
frame alone does not tell which of the two it is, and neither does what came before.

frames (N x 40 x 8, float32), labels (N x 40, int32), lengths (N, int32). Frames behind
the end of an utterance are NaN: nothing may be computed from them.
"""

import random
import sys

import npz_file

TIME, FEATURES, SOUNDS = 40, 8, 6


def make_utterance(rng, means):
    """Frames and labels of one utterance; from last sound to first."""
    length = rng.randrange(15, TIME + 1)
    frames, labels, following = [], [], rng.randrange(2, SOUNDS)
    sound = following
    while len(labels) < length:
        for _ in range(rng.randrange(3, 7)):
            frames.append([rng.gauss(mean, 0.5) for mean in means[max(sound, 1)]])
            labels.append(sound)
        if sound < 2:
            sound = following = rng.randrange(2, SOUNDS)
        else:
            following = sound
            sound = rng.choice([int(following >= 4), rng.randrange(2, SOUNDS)])
    return frames[:length][::-1], labels[:length][::-1]


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__.strip())
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 400
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    means = [[rng.gauss(0, 0.6) for _ in range(FEATURES)] for _ in range(SOUNDS)]
    frames, labels, lengths = [], [], []
    for _ in range(rows):
        of_row, sounds = make_utterance(rng, means)
        missing = TIME - len(sounds)
        for frame in of_row:
            frames += frame
        frames += [float("nan")] * (missing * FEATURES)
        labels += sounds + [0] * missing
        lengths.append(len(sounds))
    npz_file.save(
        sys.argv[1],
        frames=("f", (rows, TIME, FEATURES), frames),
        labels=("i", (rows, TIME), labels),
        lengths=("i", (rows,), lengths))


if __name__ == "__main__":
    main()
