# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bar charts as SVG."""

from html import escape

COLORS = {"gradopt": "#0b6e99", "torch": "#e4572e", "jax": "#76b041", "tf": "#f0a202"}
NAMES = {"gradopt": "gradopt", "torch": "PyTorch", "jax": "JAX", "tf": "TensorFlow"}
LEFT, WIDTH, RIGHT, TOP = 330, 480, 70, 70
BAR, GAP = 13, 12


def text(x, y, content, anchor="start", size=12, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
            f'text-anchor="{anchor}" fill="#222">{escape(content)}</text>')


def rectangle(x, y, width, height, color):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{color}"/>'


def chart(title, groups, limit, ticks, form, legend):
    """`groups`: (label, [(name of a color, value)]). A bar beyond `limit` is cut
    there; its number tells."""
    parts, y = [], TOP
    heights = [len(bars) * BAR + GAP for _, bars in groups]
    bottom = TOP + sum(heights)
    scale = WIDTH / limit
    for tick in ticks:
        x = LEFT + tick * scale
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom}" stroke="#ccc"/>')
        parts.append(text(x, bottom + 16, form(tick), "middle", 11))
    for (label, bars), height in zip(groups, heights):
        parts.append(text(LEFT - 8, y + len(bars) * BAR / 2 + 4, label, "end"))
        for i, (name, value) in enumerate(bars):
            width = min(value, limit) * scale
            parts.append(rectangle(LEFT, y + i * BAR, width, BAR - 2, COLORS[name]))
            parts.append(text(LEFT + width + 4, y + i * BAR + BAR - 4, form(value), size=10))
        y += height
    for i, name in enumerate(legend):
        parts.append(rectangle(LEFT + 110 * i, 36, 12, 12, COLORS[name]))
        parts.append(text(LEFT + 110 * i + 18, 46, NAMES[name]))
    width, height = LEFT + WIDTH + RIGHT, bottom + 30
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="sans-serif">\n'
            f'<rect width="{width}" height="{height}" fill="white"/>\n'
            + text(LEFT, 24, title, size=15, weight="bold") + "\n" + "\n".join(parts) + "\n</svg>\n")


def time_plot(results):
    groups = []
    for r in results:
        bars = [("gradopt", 1.0)]
        bars += [(peer, r[f"{peer}_ms"] / r["gradopt_ms"]) for peer in ("torch", "jax", "tf")
                 if r[f"{peer}_ms"]]
        groups.append((r["name"], bars))
    values = [value for _, bars in groups for _, value in bars]
    limit = min(6, max([1.5, *values]) * 1.05)
    return chart("Time of a training step; gradopt is 1, shorter is better", groups, limit,
                 range(int(limit) + 1), lambda value: f"{value:.2f}".rstrip("0").rstrip("."),
                 list(COLORS))


def peak_plot(results):
    groups = []
    for r in results:
        if r["share_of_peak"] is None:
            continue
        bars = [("gradopt", 100 * r["share_of_peak"])]
        bars += [(peer, 100 * r[f"{peer}_gflops"] / r["peak_gflops"]) for peer in ("torch", "jax", "tf")
                 if r[f"{peer}_gflops"]]
        groups.append((r["name"], bars))
    return chart("Share of the machine's peak of multiply-adds, longer is better", groups, 100,
                 range(0, 101, 20), lambda value: f"{value:.0f} %", list(COLORS))
