# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times training steps of gradopt and of PyTorch, JAX and TensorFlow.

All compute the same: from the same inputs and parameters the loss, which is the
mean of y², all gradients of parameters, a clip of their global norm at 1, and a
step of SGD. docs/performance.md tells what the numbers mean.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import cases
import contest
import environments
import gradients
import machine

HERE = Path(__file__).resolve().parent
PEERS = ("torch", "jax", "tf")
# The best of a peer's variants counts; the first is the one that is ready soon.
VARIANTS = {"torch": ["eager", "compile", "no-mkldnn"], "jax": ["scan", "split"], "tf": ["graph", "xla"]}
# Turns and seconds in a turn, and how long a program may take to be ready.
FULL, QUICK, COMPARE = (7, 0.3, 600), (3, 0.2, 40), (11, 0.4, 600)
# A step of gradients and updates, and nothing that guards or watches it.
UNGUARDED = ["--pipeline=gradopt-prepare-model,gradopt-verify-sizes,gradopt-differentiate,"
             "gradopt-insert-updates,gradopt-fuse-recurrent-backward"]


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="./dev bench", description=__doc__.splitlines()[0], allow_abbrev=False,
        epilog="Without --shape, a list of networks is measured, or those of it that have the cell.")
    cases.add_arguments(parser)
    parser.add_argument("--threads", type=int, metavar="N", help="default: one for each core")
    parser.add_argument("--quick", action="store_true",
                        help="few turns, and of each peer only the variant that compiles soon")
    parser.add_argument("--compare", choices=("dynamic", "monitors"),
                        help="gradopt with itself: T and B dynamic against static; clip, norms, "
                             "norms through time and finite checks against none of them")
    parser.add_argument("--json", type=Path, metavar="FILE",
                        help="write results there after each network; what is there already is "
                             "not measured again")
    parser.add_argument("--build", type=Path, default=HERE.parent / "build", help=argparse.SUPPRESS)
    args = parser.parse_args()
    available = len(machine.cores())
    args.threads = available if args.threads is None else args.threads
    if not 1 <= args.threads <= available:
        parser.error(f"--threads {args.threads} is not in 1..{available}, the cores that there are")
    try:
        args.cases = choose_cases(args)
        for case in args.cases:
            case.module()
    except cases.BadCase as error:
        parser.error(str(error))
    if args.compare == "dynamic" and any(case.is_file for case in args.cases):
        parser.error("--compare dynamic is for a named cell: a file's sizes are what it says")
    if args.compare and len(args.cases) > 1:
        parser.error("--compare takes one network: give its --shape")
    return parser, args


def choose_cases(args):
    chosen = cases.make_case(args)
    form = (chosen.direction, chosen.lengths, chosen.proj, chosen.linear_before_reset)
    if args.shape or args.compare or chosen.is_file or form != ("forward", None, None, True):
        return [chosen]
    return [case for case in cases.default_cases(HERE) if args.cell in (None, case.cell)]


def load_results(parser, args):
    results = {"machine": machine.describe(), "peers": {
        peer: next(p for p in packages if "==" in p)
        for peer, packages in environments.PACKAGES.items()}, "results": [], "comparisons": []}
    if args.json and args.json.exists():
        try:
            stored = json.loads(args.json.read_text())
            known = stored["machine"]["processor"], stored["results"], stored["comparisons"]
        except (ValueError, KeyError, TypeError):
            parser.error(f"{args.json} is not a file of results of this program: name another one")
        if known[0] != results["machine"]["processor"]:
            parser.error(f"{args.json} has results of another processor, {known[0]}: name another file")
        return stored
    return results


def save(path, results):
    if path:
        partial = path.with_name(path.name + ".partial")
        partial.write_text(json.dumps(results, indent=1) + "\n")
        os.replace(partial, path)


def start_gradopt(args, case, text, folder, variant, limit, extra=()):
    model = folder / f"model-{variant or 'plain'}.mlir"
    model.write_text(text)
    T, B = case.shape[:2]
    command = [args.build / "bin/gradopt-bench-step", model, f"--time={T}", f"--batch={B}",
               f"--step-threads={args.threads}", f"--data={folder / 'data.npz'}",
               f"--gradients={folder / 'gradopt.npz'}", *extra]
    if case.lengths:
        command += [f"--shortest={case.lengths[0]}", f"--longest={case.lengths[1]}"]
    return contest.Player("gradopt", variant, command, args.cpus, limit)


def start_peer(args, case, folder, peer, variant, limit):
    request = {"case": case.as_json(), "peer_file": case.peer_file, "variant": variant,
               "data": str(folder / "data.npz"), "threads": args.threads,
               "gradients": str(folder / f"{peer}-{variant}.npz")}
    command = [environments.find_python(peer), HERE / "peers" / f"{peer}_peer.py",
               json.dumps(request)]
    return contest.Player(peer, variant, command, args.cpus, limit)


def measure(args, case, peak, folder, players):
    """The result of one case; `players` are stopped by the caller."""
    rounds, seconds, limit = QUICK if args.quick else FULL
    gradopt = start_gradopt(args, case, case.module(), folder, "", limit)
    players.append(gradopt)
    reasons = {peer: {} for peer in PEERS}
    for peer in PEERS:
        for variant in VARIANTS[peer][:1 if args.quick else None]:
            try:
                players.append(start_peer(args, case, folder, peer, variant, limit))
            except (contest.Failed, environments.Missing) as error:
                reasons[peer][variant] = str(error)
    contest.play(players, rounds, seconds)
    # Once more: on a machine that is shared with others the first may be low.
    peak = max(peak, machine.measure_peak(args.build, args.cpus))
    flops = case.flops()

    def gflops(player):
        return flops / player.milliseconds / 1e6 if flops else None

    result = {**case.as_json(), "name": case.name, "threads": args.threads, "quick": args.quick,
              "flops": flops, "peak_gflops": peak, "gradopt_ms": gradopt.milliseconds,
              "gradopt_gflops": gflops(gradopt),
              "share_of_peak": gflops(gradopt) / peak if flops else None,
              "compile_s": gradopt.ready["compile_s"], "arena_mb": gradopt.ready["arena_mb"],
              "peak_memory_mb": gradopt.memory["peak_memory_mb"],
              "step_memory_mb": gradopt.memory["step_memory_mb"]}
    best = None
    for peer in PEERS:
        ready = [player for player in players if player.name == peer]
        player = min(ready, key=lambda p: p.milliseconds, default=None)
        result.update({
            f"{peer}_ms": player and player.milliseconds, f"{peer}_gflops": player and gflops(player),
            f"{peer}_variant": player and player.variant,
            f"{peer}_compile_s": player and player.ready["first_step_s"],
            f"{peer}_peak_memory_mb": player and player.memory["peak_memory_mb"],
            f"{peer}_step_memory_mb": player and player.memory["step_memory_mb"],
            f"{peer}_variants": {p.variant: p.milliseconds for p in ready},
            f"{peer}_reasons": reasons[peer]})
        if player and (best is None or player.milliseconds < best.milliseconds):
            best = player
    result["best_peer"] = best and best.name
    result["ratio"] = best and best.milliseconds / gradopt.milliseconds
    result["max_grad_difference"] = best and gradients.largest_difference(
        folder / "gradopt.npz", folder / f"{best.name}-{best.variant}.npz")
    return result


def measure_comparison(args, case, folder, players):
    rounds, seconds, limit = COMPARE
    texts, without = {"dynamic": ((case.module(dynamic=True), case.module()), ()),
                      "monitors": ((case.module(monitors=True), case.module()), UNGUARDED)}[args.compare]
    for variant, text, extra in zip(("with", "without"), texts, ((), without)):
        players.append(start_gradopt(args, case, text, folder, variant, limit, extra))
    contest.play(players, rounds, seconds)
    percent, width = contest.compare(*players)
    return {**case.as_json(), "name": case.name, "threads": args.threads, "compared": args.compare,
            "with_ms": players[0].milliseconds, "without_ms": players[1].milliseconds,
            "percent": percent, "half_width": width}


def print_row(name, ms, gflops, compile_s, memory, extra=""):
    rate = f"{gflops:8.1f} GFLOP/s" if gflops else " " * 16
    print(f"  {name:16}{ms:10.3f} ms{rate}{compile_s:8.1f} s to first step{memory:8.0f} MB{extra}")


def print_result(result):
    print(f"{result['name']}, threads: {result['threads']}")
    share = result["share_of_peak"]
    print_row("gradopt", result["gradopt_ms"], result["gradopt_gflops"], result["compile_s"],
              result["peak_memory_mb"],
              f", {100 * share:.0f} % of the peak of {result['peak_gflops']:.0f} GFLOP/s" if share else "")
    for peer in PEERS:
        if result[f"{peer}_ms"]:
            print_row(f"{peer} {result[f'{peer}_variant']}", result[f"{peer}_ms"],
                      result[f"{peer}_gflops"], result[f"{peer}_compile_s"],
                      result[f"{peer}_peak_memory_mb"])
        for variant, reason in result[f"{peer}_reasons"].items():
            print(f"  {peer} {variant}: none: {reason}")
    if result["best_peer"]:
        print(f"  ratio {result['ratio']:.2f} to the best peer, {result['best_peer']}; gradients "
              f"differ by {result['max_grad_difference']:.1e} of their largest element")
    sys.stdout.flush()


def print_comparison(result):
    print(f"{result['name']}, threads: {result['threads']}: {result['with_ms']:.3f} ms with "
          f"{result['compared']}, {result['without_ms']:.3f} ms without: {result['percent']:+.2f} % "
          f"± {result['half_width']:.2f} %")


def is_same(stored, case, args):
    keys = case.as_json()
    return (all(stored.get(key) == value for key, value in keys.items())
            and stored["threads"] == args.threads and stored.get("quick", False) == args.quick
            and stored.get("compared") == args.compare)


def run(parser, args):
    results = load_results(parser, args)
    where = results["comparisons" if args.compare else "results"]
    found = {case: next((r for r in where if is_same(r, case, args)), None) for case in args.cases}
    if not args.compare and None in found.values():
        install_peers()
    if args.quick:
        print("Quick: few turns; PyTorch eager, JAX without _split_transpose, TensorFlow without XLA.")
    for case, stored in found.items():
        if stored is None:
            stored = measure_one(args, case)
            where.append(stored)
            save(args.json, results)
        (print_comparison if args.compare else print_result)(stored)


def install_peers():
    """Now, so that none is installed while something is timed."""
    for peer in PEERS:
        try:
            environments.find_python(peer)
        except environments.Missing as error:
            print(f"{peer} {error}", flush=True)


def measure_one(args, case):
    players = []
    try:
        with tempfile.TemporaryDirectory(prefix="gradopt-bench-") as folder:
            if args.compare:
                return measure_comparison(args, case, Path(folder), players)
            peak = machine.measure_peak(args.build, args.cpus)
            return measure(args, case, peak, Path(folder), players)
    finally:
        for player in players:
            player.stop()


def main():
    parser, args = parse_arguments()
    args.cpus = machine.cores()[:args.threads]
    try:
        run(parser, args)
    except contest.Failed as error:
        sys.exit(f"./dev bench: gradopt {error}")
    except KeyboardInterrupt:
        kept = f"; the same command goes on from what is in {args.json}" if args.json else ""
        print(f"Interrupted{kept}", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
