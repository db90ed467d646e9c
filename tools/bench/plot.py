# SPDX-License-Identifier: GPL-2.0-only
"""A log-log line plot as SVG, without any library."""

import math

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 420, 70, 40, 150, 50
COLOURS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf",
           "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22"]


def scale(values, low, high):
    """From decades that cover @values to pixels between @low and @high."""
    first = math.floor(math.log10(min(values)))
    last = max(math.ceil(math.log10(max(values))), first + 1)

    def to_pixel(value):
        return low + (math.log10(value) - first) / (last - first) * (high - low)
    return to_pixel, [10.0 ** e for e in range(first, last + 1)]


def plot(title, x_label, y_label, series):
    """@series: [(name, [(x, y), ...]), ...], all positive. Returns SVG."""
    x_of, x_ticks = scale([x for _, pts in series for x, _ in pts],
                          LEFT, WIDTH - RIGHT)
    y_of, y_ticks = scale([y for _, pts in series for _, y in pts],
                          HEIGHT - BOTTOM, TOP)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
           f'height="{HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="22" font-size="15">{title}</text>',
           f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" '
           f'text-anchor="middle">{x_label}</text>',
           f'<text transform="translate(18,{HEIGHT / 2}) rotate(-90)" '
           f'text-anchor="middle">{y_label}</text>']
    for tick in x_ticks:
        x = x_of(tick)
        out.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" '
                   'stroke="#ddd"/>'
                   f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" '
                   f'text-anchor="middle">{tick:g}</text>')
    for tick in y_ticks:
        y = y_of(tick)
        out.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" '
                   'stroke="#ddd"/>'
                   f'<text x="{LEFT - 6}" y="{y + 4:.1f}" '
                   f'text-anchor="end">{tick:g}</text>')
    for i, (name, points) in enumerate(series):
        colour = COLOURS[i % len(COLOURS)]
        path = "L".join(f"{x_of(x):.1f} {y_of(y):.1f}" for x, y in points)
        y = TOP + 14 + 18 * i
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" '
                   'stroke-width="1.8"/>'
                   f'<path d="M{WIDTH - RIGHT + 12} {y - 4}h18" '
                   f'stroke="{colour}" stroke-width="3"/>'
                   f'<text x="{WIDTH - RIGHT + 36}" y="{y}">{name}</text>')
    out.append("</svg>\n")
    return "\n".join(out)
