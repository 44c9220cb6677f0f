# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares random networks lowered to vector code with the reference lowering.

    check_lowering.py GRADCHECK [--cases=N] [--part=K/N] [--seed=S] [--jobs=J]
    check_lowering.py GRADCHECK --seed=S --group=G [--keep=FILE]

A case is a network (a cell of cells.py, layers, direction, lengths) with its
sizes, run on 1, 2, 3, 4 and 8 threads, which must give the same bits, and with
what counts for nothing set to NaN and more. Cases that share sizes, a pipeline
and what makes a training step of the gradients are a group, which one process
checks. A group depends on the seed and its number only: the second form repeats
one, and keeps its networks.

Prints what failed, how to repeat it, and one line that says what was compared.
"""

import argparse
import concurrent.futures
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from dataclasses import replace

from networks import NETWORKS, print_network

# One, odd, a few lanes and some, many tiles and some.
HIDDEN = [1, 3, 5, 7, 8, 16, 17, 33, 48, 100, 130, 650]
INPUTS = [1, 2, 3, 6, 8, 17, 40]
TIMES = [0, 1, 2, 3, 5, 9, 13]
BATCHES = [1, 2, 3, 5, 8, 20, 32, 33]
# Multiplications in one run of a network, which bound the time of the unoptimized
# reference.
WORK = 4e6
LIMIT_SECONDS = 600

PIPELINES = ["gradopt-fuse-recurrent-backward"] * 4 + [
    "gradopt-fuse-recurrent-backward{chunk=3}",
    "gradopt-fuse-recurrent-backward{checkpoint=sqrt}",
    "canonicalize",
]
CLIPS = ["", "value", "norm", "group_norm", "global_norm"]
OPTIMIZERS = ["sgd", "momentum", "adam", "adamw", "rmsprop"]


def draw_step(rng):
    """Passes that make a training step of gradients, or none."""
    passes = []
    clip = rng.choice(CLIPS)
    if rng.random() < 0.4:
        return ""
    if clip:
        passes.append("gradopt-insert-gradient-clipping{kind=%s threshold=0.05}" % clip)
    passes.append("gradopt-insert-updates{optimizer=%s learning-rate=0.01}"
                  % rng.choice(OPTIMIZERS))
    if rng.random() < 0.5:
        passes.append("gradopt-insert-norm-monitors{norms=true through-time=true}")
    passes.append("gradopt-insert-finite-checks")
    return ",".join(passes)


class Group:
    def __init__(self, seed, number):
        rng = random.Random(f"{seed}/{number}")
        self.number = number
        self.hidden = rng.choice(HIDDEN)
        self.projected = rng.randint(1, self.hidden)
        self.inputs = rng.choice(INPUTS)
        self.pipeline, self.prepare = rng.choice(PIPELINES), draw_step(rng)
        chosen = rng.sample(NETWORKS, 1 if self.hidden > 100 else 3)
        self.networks = [replace(network, loops=rng.random() < 0.2) for network in chosen]
        self.static = rng.random() < 0.5
        steps = max(n.layers * len(n.suffixes) for n in self.networks)
        step = 12 * steps * self.hidden * (2 * self.hidden + self.inputs)
        sizes = [(t, b) for t in TIMES for b in BATCHES if t * b * step <= WORK or t * b <= 2]
        time, batch = rng.choice(sizes)
        self.times, self.batches = [time], [batch]
        if not self.static:
            # The same code at all pairs of these.
            other, rows = rng.choice(sizes)
            self.times += [t for t in {0, min(time, other)} if t not in self.times]
            self.batches += [b for b in {min(batch, rows)} if b not in self.batches]
        self.cases = len(self.networks) * len(self.times) * len(self.batches)

    def print_networks(self, file):
        T, B = (self.times[0], self.batches[0]) if self.static else ("?", "?")
        with redirect_stdout(file):
            for i, network in enumerate(self.networks):
                name = network.name.replace("-", "_") + "_loops" * network.loops
                print_network(network, T, B, function=f"n{i}_{name}", inputs=self.inputs,
                              hidden=self.hidden, projected=self.projected)

    def get_command(self, gradcheck, file):
        command = [gradcheck, file, "--lowering=cpu", "--thread-counts=1,2,3,4,8",
                   "--time=" + ",".join(map(str, self.times)),
                   "--batch=" + ",".join(map(str, self.batches)),
                   "--padding=x=n", "--compare=" + self.pipeline]
        return command + ["--prepare=" + self.prepare] * bool(self.prepare)

    def describe(self):
        return (f"group {self.number}: H={self.hidden} I={self.inputs} "
                f"P={self.projected} {'static' if self.static else 'dynamic'} "
                f"T={self.times} B={self.batches} {self.pipeline} "
                f"{self.prepare or 'gradients'} {', '.join(n.name for n in self.networks)}")


def run(group, gradcheck, keep):
    """Returns the number of comparisons, and lines about what failed."""
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as file:
        group.print_networks(file)
        file.flush()
        if keep:
            with open(keep, "w") as kept:
                group.print_networks(kept)
        command = group.get_command(gradcheck, file.name)
        try:
            result = subprocess.run(command, capture_output=True, text=True,
                                    timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            return 0, [f"not ready after {LIMIT_SECONDS} seconds: deadlock?"]
    lines, failed = [], False
    for line in result.stdout.splitlines():
        failed = line.endswith("FAILED") or (failed and line.startswith(" "))
        if failed:
            lines.append(line)
    tally = re.search(r" (\d+) comparisons", result.stdout)
    if result.returncode != 0:
        lines += result.stderr.splitlines()[-20:]
        lines.append(f"exit status {result.returncode}")
    elif not tally or int(tally[1]) != group.cases:
        # A network may lack a dimension, but not the whole tally.
        lines.append("compared %s times instead of %d" % (tally and tally[1], group.cases))
    return int(tally[1]) if tally else 0, lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gradcheck")
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--part", default="0/1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--group", type=int)
    parser.add_argument("--keep")
    args = parser.parse_args()
    groups, cases = [], 0
    if args.group is not None:
        groups = [Group(args.seed, args.group)]
        print(groups[0].describe())
        print(shlex.join(groups[0].get_command(args.gradcheck, args.keep or "FILE")))
    while args.group is None and cases < args.cases:
        groups.append(Group(args.seed, len(groups)))
        cases += groups[-1].cases
    part, parts = map(int, args.part.split("/"))
    groups = groups[part::parts]

    compared, failed = 0, 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        futures = {pool.submit(run, group, args.gradcheck, args.keep): group
                   for group in groups}
        for future in concurrent.futures.as_completed(futures):
            count, lines = future.result()
            compared += count
            if lines:
                failed += 1
                print(futures[future].describe(), *lines,
                      f"repeat: {os.path.basename(__file__)} GRADCHECK "
                      f"--seed={args.seed} --group={futures[future].number}",
                      sep="\n", flush=True)
    print(f"{len(groups)} groups, {compared} comparisons, {failed} groups failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
