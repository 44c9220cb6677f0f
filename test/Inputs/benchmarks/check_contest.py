# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Plays a contest of programs that only say what they would have measured; with
a file of results, prints it as one of this machine with one thread."""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, sys.argv[1])
sys.path.insert(0, str(Path(sys.argv[1]).parent / "examples"))
import contest  # noqa: E402
import gradients  # noqa: E402
import machine  # noqa: E402
import npz_file  # noqa: E402

PLAYER = """
import json, sys
print(json.dumps({"ready": True, "step_s": 1}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    with open(sys.argv[1], "a") as log:
        log.write(sys.argv[2] + " " if "steps" in question else "")
    print(json.dumps({"seconds": [float(sys.argv[3])] * question.get("steps", 0)}), flush=True)
"""


def say(name, text):
    try:
        contest.Player(name, "", [sys.executable, "-c", text], machine.cores()[:1],
                       0.2 if name == "slow" else 60)
        print(name, "takes part")
    except contest.Failed as error:
        print(f"{name}: {error}")


def main():
    if len(sys.argv) == 3:
        stored = json.loads(Path(sys.argv[2]).read_text())
        stored["machine"] = machine.describe()
        for result in stored["results"]:
            result["threads"] = 1
        print(json.dumps(stored))
        return
    say("unsupported", 'print(\'{"unsupported": "has no projection"}\')')
    say("dead", 'print("noise", file=__import__("sys").stderr); raise ValueError("an error of its own")')
    say("slow", "import time; time.sleep(60)")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        players = [contest.Player(name, "", [sys.executable, "-c", PLAYER, log, name, seconds],
                                  machine.cores()[:1], 60)
                   for name, seconds in (("first", 2), ("second", 1))]
        contest.play(players, 3, 0.1)
        for player in players:
            player.stop()
        print("turns:", log.read_text())
        print("medians:", *(player.milliseconds for player in players))
        print("first takes %+.2f %% ± %.2f %%" % contest.compare(*players))
        one, two = Path(folder) / "one.npz", Path(folder) / "two.npz"
        npz_file.save(one, a=("f", (2,), [1, 2]), b=("f", (1, 2), [0, 3]))
        npz_file.save(two, a=("f", (2,), [1, 2]), b=("f", (1, 2), [1, 4]))
        print("difference", gradients.largest_difference(one, two))


if __name__ == "__main__":
    main()
