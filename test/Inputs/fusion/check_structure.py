# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counts what fusion leaves in the loops of networks, and outside of them.

    check_structure.py GRADOPT_OPT [networks.py's patterns]
    check_structure.py --table GRADOPT_OPT

With d the length of the chain of contractions in a step (`Structure.chain` in
cells.py), loops over time must hold d contractions for each recurrence in them,
forward and backward, and no more elementwise ops than d + 1, or one if d is 1.
A step fills nothing but what a reduction in it starts from. Outside there may be
for each layer one contraction of the input, for each layer and direction one for
each weight that is stacked and one for the gradient of the input if it has one,
and one reduction, or contraction to a vector, for each vector. Prints what is not
so, and one line that says what was counted. --table prints what docs/fusion.md shows.
"""

import os
import re
import subprocess
import sys
import tempfile

from cells import CELLS
from networks import NETWORKS, select

COLUMNS = ("contractions", "pointwise", "reductions")
CHECKED = (*COLUMNS, "fills", "other")


def count(optimizer, network, pipeline):
    """The rows of the gradients' loops, name and a count for each column, and how
    many contractions outside have a vector as their result."""
    generator = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks.py")
    model = network.name.replace("-", "_")
    passes = f"gradopt-differentiate{{model={model}}},canonicalize,cse,{pipeline}gradopt-count-work"
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as file:
        subprocess.run([sys.executable, generator, network.name], stdout=file, check=True)
        output = subprocess.run(
            [optimizer, file.name, f"--pass-pipeline=builtin.module({passes})", "-o", os.devnull],
            stdout=subprocess.PIPE, text=True, check=True).stdout
    step = output.split(f"@{model}_step\n")[1].split("\n@")[0]
    loops, _, contractions = step.split("  loops\n")[1].partition("\n  contractions\n")
    head, *lines = [re.split(r"  +", line.strip()) for line in loops.splitlines()]
    rows = [(line[0], {name: int(line[head.index(name)]) for name in CHECKED}) for line in lines]
    _, *lines = [re.split(r"  +", line.strip()) for line in contractions.splitlines()] or [None]
    # The sizes of loops that are summed over are in parentheses.
    to_vectors = sum(loop == "(body)" and len(re.findall(r"(?:^| x )(?!\()", space)) == 1
                     for loop, _, space, *_ in lines)
    return rows, to_vectors


def count_vectors(network):
    """The parameters that are vectors, or halves of one: each has a reduction, or
    a contraction, for its gradient."""
    text = subprocess.run(
        [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks.py"), network.name],
        stdout=subprocess.PIPE, text=True, check=True).stdout
    names = re.findall(r"%(\w+): tensor<\d+xf32> \{gradopt.param", text)
    divided = CELLS[network.cell].structure.divided
    return len(names) + sum(name.endswith(divided) for name in names if divided)


def check(network, rows, to_vectors):
    """What is not as it must be."""
    structure = CELLS[network.cell].structure
    recurrences = network.layers * len(network.suffixes)
    wrong = []

    def require(holds, text):
        if not holds:
            wrong.append(text)

    def check_loops(depth, chain, splits):
        loops = [(name, row) for name, row in rows
                 if name != "(body)" and name.count("/") == depth]
        if chain == 0:
            total = sum(row["pointwise"] for _, row in loops)
            require(total <= 2 * recurrences,
                    f"{total} elementwise ops in loops, at most {2 * recurrences}")
        for name, row in loops:
            here, limit = row["contractions"], row["pointwise"]
            if chain:
                require(here % chain == 0, f"{name}: {here} contractions, not a multiple of {chain}")
                limit = -(-here // chain) * (chain + 1 if chain > 1 or splits else 1)
            require(row["pointwise"] <= limit,
                    f"{name}: {row['pointwise']} elementwise ops, at most {limit}")
            # What a loop in the step summed up may be summed behind it.
            most = len(name.split("+")) if splits else 0
            require(row["reductions"] <= most,
                    f"{name}: {row['reductions']} reductions, at most {most}")
            require(row["fills"] <= row["reductions"],
                    f"{name}: {row['fills']} fills for {row['reductions']} reductions")
            require(row["other"] == 0, f"{name}: {row['other']} other ops, not 0")
        total = sum(row["contractions"] for _, row in loops)
        require(total == 2 * recurrences * chain,
                f"{total} contractions in {'inner ' * depth}loops, not {2 * recurrences * chain}")

    # A loop in a step divides its elementwise work.
    check_loops(0, structure.chain, splits=structure.micro > 0)
    check_loops(1, structure.micro, splits=False)
    body = dict(rows)["(body)"]
    gradients = (network.layers - (not network.shifts)) * len(network.suffixes)
    # The loss counts the steps that there are.
    vectors = count_vectors(network) + network.lengths
    # The gradient of a peephole or a diagonal weight sums products, so that
    # linalg takes it for a contraction.
    here = body["reductions"] + to_vectors
    require(here <= vectors, f"{here} reductions and contractions to vectors outside, "
                             f"at most {vectors}")
    # Both directions of a layer read one input.
    limit = network.layers + recurrences * structure.weights + gradients
    here = body["contractions"] - to_vectors
    require(here <= limit, f"{here} contractions to matrices outside, at most {limit}")
    return wrong


FUSION = "gradopt-fuse-recurrent-backward,"


def print_table(optimizer):
    print("| cell | d | forward loop | backward loop | outside |")
    print("| --- | --- | --- | --- | --- |")
    for network in NETWORKS:
        if (network.layers, network.direction, network.lengths) != (1, "forward", False):
            continue
        texts = ["", "", ""]
        for turn, passes in enumerate(("", FUSION)):
            (body, *loops), _ = count(optimizer, network, passes)
            # The loop forward, the one backward, each with those in it.
            parts = []
            for name, row in loops:
                if "/" not in name:
                    parts.append([])
                parts[-1].append(row)
            for i, rows in enumerate([*parts, [body[1]]]):
                numbers = [sum(row[column] for row in rows) for column in COLUMNS]
                texts[i] += " → " * turn + " + ".join(map(str, numbers))
        print(f"| {network.cell} | {CELLS[network.cell].structure.chain} | {' | '.join(texts)} |")


def main():
    if sys.argv[1] == "--table":
        return print_table(sys.argv[2])
    optimizer, *patterns = sys.argv[1:]
    networks = select(patterns)
    failed = 0
    for network in networks:
        wrong = check(network, *count(optimizer, network, FUSION))
        failed += bool(wrong)
        for text in wrong:
            print(f"{network.name}: {text}")
    print(f"{len(networks)} networks, {failed} with a wrong structure")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
