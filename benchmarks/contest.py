# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A contest of several programs that do the same: each is a process of its own,
which stays alive and is asked over a pipe, and they take turns, so that a
machine that gets faster or slower does so for all."""

import json
import select
import statistics
import subprocess
import tempfile

import machine


class Failed(Exception):
    """A program that takes no part, with the reason."""


class Player:
    """One program: `name` is a side, `variant` one of its ways."""

    def __init__(self, name, variant, command, cpus, start_limit):
        self.name, self.variant = name, variant
        self.errors = tempfile.TemporaryFile("w+")
        self.process = machine.start(command, cpus, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=self.errors)
        self.seconds, self.rounds = [], []
        try:
            self.ready = self.read(start_limit)
            if "unsupported" in self.ready:
                raise Failed(self.ready["unsupported"])
        except BaseException:
            self.stop()
            raise

    @property
    def title(self):
        return f"{self.name} {self.variant}".strip()

    def read(self, limit):
        if not select.select([self.process.stdout], [], [], limit)[0]:
            raise Failed(f"was not ready after {limit} s")
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines() or ["no reason given"]
        errors = [line for line in lines if "error" in line.lower()] or lines
        raise Failed("ended: " + errors[-1])

    def ask(self, limit=600, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return self.read(limit)

    def stop(self):
        self.process.kill()
        self.process.wait()

    @property
    def milliseconds(self):
        return 1e3 * statistics.median(self.seconds)


def play(players, rounds, seconds):
    """`rounds` turns of about `seconds` for each player."""
    counts = {player: max(1, min(200, round(seconds / max(player.ready["step_s"], 1e-6))))
              for player in players}
    for _ in range(rounds):
        for player in players:
            times = player.ask(steps=counts[player])["seconds"]
            player.seconds += times
            player.rounds.append(statistics.median(times))
    for player in players:
        player.memory = player.ask(memory=True)


def compare(first, second):
    """How much longer the first takes than the second in percent, from the
    rounds, and the half width of its 95 % interval."""
    ratios = [100 * (a / b - 1) for a, b in zip(first.rounds, second.rounds)]
    # Student's t for 95 %, 2.5 % on each side; above that it changes little.
    quantiles = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}
    width = (quantiles.get(len(ratios), 2.23) * statistics.stdev(ratios) / len(ratios) ** 0.5
             if len(ratios) > 1 else float("inf"))
    return statistics.mean(ratios), width
