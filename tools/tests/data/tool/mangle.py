#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""mangle.py DIR < TEXT: what lspci printed, as people paste it.

Each form is left in a file of its name in DIR; prints the names.
"""

import os
import re
import sys
import textwrap


def lines(change):
    return lambda text: "\n".join(change(line) for line in text.split("\n"))


def wrap(text):
    """As a mail program does; rows of bytes are shorter."""
    return "\n".join("\n".join(textwrap.wrap(line, 60, break_on_hyphens=False)) or ""
                     for line in text.split("\n"))


def wrap_rows(text):
    return re.sub(r"(?m)^([0-9a-f]+: (?:[0-9a-f]{2} ){7}[0-9a-f]{2}) ", r"\1\n", text)


def printable(text):
    """Quoted-printable, with tabs as some programs encode them."""
    text = text.replace("=", "=3D").replace("\t", "=09")
    text = re.sub(r"(?m) $", "=20", text)
    return re.sub(r"(?m)^(.{70,73})(?<!=)(?<!=.)(?=...)", "\\1=\n", text)


def twice(text):
    return text + "\nAnd once more:\n\n" + text


def interleaved(text):
    """The byte rows of a function with other programs' lines in between."""
    return re.sub(r"(?m)^([0-9a-f]{2,3}: .*)$", r"\1\npcilib: sysfs_read_vpd: read failed: 5", text)


FORMS = {
    "as-is": lambda t: t,
    "indent": lines(str.lstrip),
    "spaces": lambda t: t.expandtabs(),
    "double-spaced": lambda t: t.replace("\n", "\n\n"),
    "no-blank-lines": lambda t: re.sub(r"\n+", "\n", t),
    "quoted": lines(lambda s: "> " + s),
    "quoted-twice": lines(lambda s: ">> " + s),
    "bars": lines(lambda s: "| " + s),
    "bullets": lines(lambda s: "* " + s if s[:1].isdigit() else s),
    "fence": lambda t: "It is this:\n\n```\n" + t + "\n```\nWhat is wrong?\n",
    "dmesg": lines(lambda s: "[   12.345678] " + s),
    "iso-time": lines(lambda s: "2026-01-08T12:00:00.123Z " + s),
    "syslog": lines(lambda s: "Jan  8 12:00:00 host lspci[12]: " + s),
    "crlf": lambda t: t.replace("\n", "\r\n"),
    "cr": lambda t: t.replace("\n", "\r"),
    "bom": lambda t: "\ufeff" + t,
    "utf-16": lambda t: t,
    "trailing": lines(lambda s: s + "  \t"),
    "upper-rows": lambda t: re.sub(r"(?m)^[0-9a-f]{2,3}: .*$", lambda m: m.group().upper(), t),
    "no-break": lambda t: t.replace(" ", "\u00a0").replace("\t", "\u00a0\u00a0"),
    "html": lambda t: "<pre>" + t.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "</pre>",
    "colours": lines(lambda s: "\033[1;32m" + s + "\033[0m"),
    "initials": lines(lambda s: "AB> " + s),
    "patch": lines(lambda s: "+" + s),
    "quoted-printable": printable,
    "ruled": lambda t: "=" * 72 + "\n" + t,
    "wrapped": wrap,
    "wrapped-quoted": lambda t: lines(lambda s: "> " + s)(wrap(t)),
    "wrapped-rows": wrap_rows,
    "twice": twice,
    "interleaved": interleaved,
}


def main():
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    for form, change in FORMS.items():
        with open(os.path.join(sys.argv[1], form), "wb") as out:
            out.write(change(text).encode("utf-16" if form == "utf-16" else "utf-8"))
        print(form)


main()
