# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tables and plots of results of `./dev bench --json`.

    report.py RESULTS.json              prints the tables
    report.py RESULTS.json FILE.md      puts them between the marks of the page,
                                        and the plots beside it
"""

import argparse
import json
import re
import sys
from pathlib import Path

import plots

PEERS = {"torch": "PyTorch", "jax": "JAX", "tf": "TensorFlow"}


def number(value, digits=3):
    """With so many digits that count, and none that do not."""
    if value is None:
        return "–"
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return f"{value:.{max(0, digits - whole)}f}"


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def table(titles, rows):
    return "\n".join([row(*titles), row(*["---"] + ["---:"] * (len(titles) - 1)),
                      *(row(*cells) for cells in rows)])


def time_table(results):
    return table(
        ["network", "gradopt ms", *(f"{name} ms" for name in PEERS.values()), "ratio", "GFLOP/s",
         "of the peak"],
        [[r["name"], number(r["gradopt_ms"]), *(number(r[f"{peer}_ms"]) for peer in PEERS),
          number(r["ratio"]), number(r["gradopt_gflops"]),
          "–" if r["share_of_peak"] is None else f"{100 * r['share_of_peak']:.0f} %"]
         for r in results])


def other_table(results):
    def best(r, key):
        return number(r.get(f"{r['best_peer']}_{key}") if r["best_peer"] else None)

    return table(
        ["network", "best peer", "gradopt compile s", "peer's first step s", "gradopt MB", "peer MB",
         "gradients differ by"],
        [[r["name"], f"{PEERS[r['best_peer']]} {r[r['best_peer'] + '_variant']}" if r["best_peer"] else "–",
          number(r["compile_s"], 2), best(r, "compile_s"), number(r["peak_memory_mb"]),
          best(r, "peak_memory_mb"),
          "–" if r["max_grad_difference"] is None else f"{r['max_grad_difference']:.1e}"]
         for r in results])


def comparison_table(comparisons):
    return table(["network", "with", "ms with", "ms without", "difference"],
                 [[c["name"], c["compared"], number(c["with_ms"]), number(c["without_ms"]),
                   f"{c['percent']:+.1f} % ± {c['half_width']:.1f} %"] for c in comparisons])


def summary(stored):
    machine, results = stored["machine"], stored["results"]
    text = (f"Measured on: {machine['processor']}, {machine['vectors']}, {machine['cores']} cores, "
            f"{machine['memory_gb']} GB, {machine['system']}; "
            f"{', '.join(stored['peers'].values())}.")
    threads = sorted({r["threads"] for r in results})
    if threads:
        text += f" Threads: {', '.join(map(str, threads))}."
    if any(r["quick"] for r in results):
        text += " Some are quick runs, in which not all variants of the peers take part."
    return text


def make_tables(stored):
    parts = [summary(stored), time_table(stored["results"]), other_table(stored["results"])]
    if stored["comparisons"]:
        parts.append(comparison_table(stored["comparisons"]))
    return "\n\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    args = parser.parse_args()
    try:
        stored = json.loads(args.results.read_text())
        tables = make_tables(stored)
    except OSError as error:
        sys.exit(f"report.py: cannot read {args.results}: {error.strerror}")
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"report.py: {args.results} is not a file of results of ./dev bench --json ({error!r})")
    if not args.page:
        print(tables)
        return
    page, count = re.subn(r"(<!-- results -->\n).*?(\n<!-- end of results -->)",
                          lambda match: match[1] + tables + match[2], args.page.read_text(),
                          flags=re.DOTALL)
    if count != 1:
        sys.exit(f"report.py: {args.page} does not have <!-- results --> and "
                 "<!-- end of results --> once")
    args.page.write_text(page)
    stem = args.page.with_suffix("")
    Path(f"{stem}-time.svg").write_text(plots.time_plot(stored["results"]))
    Path(f"{stem}-peak.svg").write_text(plots.peak_plot(stored["results"]))


if __name__ == "__main__":
    main()
