#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""page.py: the pages of `xen-iommu groups --html` and `list --html` in a Chromium
without a network: it is driven by Selenium as somebody would use it, with the mouse
and the keyboard, and what it shows is kept as build/report/page-NAME.png.

The machine is a recorded one, and the Xen a folder of files (fake-xen.c)."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import rings                                                        # noqa: E402
from bed.results import Report, Results                             # noqa: E402

BUILD, TOP = rings.BUILD, rings.TOP
DATA = os.path.join(TOP, "tools", "tests", "data")
MACHINE = os.path.join(DATA, "topology", "012", "topology.json")
TABLE = os.path.join(DATA, "dmar", "recorded-012.bin")
OUT = os.path.join(BUILD, "page")
TOOL = os.path.join(OUT, "tool", "xen-iommu")
PICTURES = os.path.join(BUILD, "report")
PNG = b"\x89PNG\r\n\x1a\n"
# Under the Xen: a guest has this group, and firmware has one of its devices reach memory.
GUESTS, DEVICE, SHARER = "groups/8", "0000:02:00.2", "0000:01:00.0"
XEN = {
    f"hypfs/iommu/{GUESTS}/owner": "d5",
    f"hypfs/iommu/{GUESTS}/state": "attached",
    f"hypfs/iommu/{GUESTS}/reserved": f"{DEVICE} 0x7b800-0x7b80f {SHARER}",
    "hypfs/iommu/groups/1/reserved": f"{SHARER} 0x7b800-0x7b80f {DEVICE}",
    "hypfs/iommu/groups/4/why": "0000:05:00.0 0000:00:0a.3: no effective ACS on the way to the root, at 0000:00:0a.3",
    "hypfs/iommu/domains/5/tables": "levels 4",
    "hypfs/iommu/domains/5/groups": "8",
    "store/local/domain/5/name": "web",
}


def run(*command, env=None):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, **(env or {})}).stdout


def build_tool():
    """The program of the host tests, whose Xen is files."""
    run("make", "-s", "-C", os.path.join(TOP, "tools", "tests"), "tool", f"OUT={OUT}")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text + "\n")


def make_pages(folder):
    """groups.html and list.html, in @folder; which devices the guest has."""
    write(f"{folder}/groups.html", run(TOOL, "groups", "--html", "--topology", MACHINE))
    root, xen = f"{folder}/root", f"{folder}/xen"
    run(sys.executable, f"{DATA}/tool/fake-root.py", root, MACHINE, "DMAR=" + TABLE)
    write(f"{folder}/report.json", run(TOOL, "check", "--json", "--root", root))
    run(sys.executable, f"{DATA}/tool/fake-xen.py", xen, f"{folder}/report.json")
    for path, text in XEN.items():
        write(f"{xen}/{path}", text)
    with open(f"{xen}/hypfs/iommu/{GUESTS}/devices", encoding="utf-8") as source:
        lines = source.read().strip().replace(" d0 ", " d5 ")
    write(f"{xen}/hypfs/iommu/{GUESTS}/devices", lines)
    write(f"{folder}/list.html", run(TOOL, "list", "--html", "--root", root, env={"FAKE_XEN": xen}))
    return {line.split()[0] for line in lines.split("\n")}


def browser(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for word in ("--headless=new", "--disable-gpu", "--window-size=1700,1500", "--hide-scrollbars",
                 f"--user-data-dir={folder}/profile"):
        options.add_argument(word)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    return webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)


class Page:
    """One page that is open, and what is held of it."""

    def __init__(self, driver, name, path):
        self.driver, self.results = driver, Results("page/" + name)
        self.name = name
        driver.set_network_conditions(offline=True, latency=0, throughput=0)
        driver.get("file://" + path)

    def holds(self, name, good, text=""):
        self.results.add(name, "PASS" if good else "FAIL", "" if good else " ".join(str(text).split())[:300])

    def ask(self, code, *args):
        return self.driver.execute_script("return " + code, *args)

    def pale(self):
        """Nodes that the search leaves out: their addresses."""
        return set(self.ask("""[...document.querySelectorAll('g.node')].filter(
            g => getComputedStyle(g).opacity < 0.5).map(g => g.querySelector('title').textContent)"""))

    def nodes(self):
        return set(self.ask("[...document.querySelectorAll('g.node>title')].map(t => t.textContent)"))

    def alone(self):
        """It came up, and fetched nothing."""
        self.holds("opened", self.driver.title == "IOMMU groups" and len(self.nodes()) > 10, self.driver.title)
        fetched = self.ask("performance.getEntriesByType('resource').map(r => r.name)")
        errors = [entry for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        self.holds("fetches-nothing", not fetched and not errors and not self.ask("navigator.onLine"), fetched + errors)

    def search(self, words, found):
        """Typed; what stays is @found. Taken back, all of it stays."""
        box = self.driver.find_element(By.ID, "q")
        box.send_keys(words)
        said = self.driver.find_element(By.ID, "found").text
        left = self.nodes() - self.pale()
        self.holds("finds-" + words.replace(" ", "-"), left == found and said == f"{len(found)} of {len(self.nodes())}",
                   f"{sorted(left)}: {said}")
        box.clear()
        box.send_keys(" \b")
        self.holds("all-again", not self.pale(), self.pale())

    def hover(self, kind, title, *words):
        """The mouse goes to the node or cluster that graphviz names so."""
        at = self.ask(f"""[...document.querySelectorAll('g.{kind}')].find(
            g => g.querySelector('title').textContent == arguments[0]).querySelector('text')""", title)
        ActionChains(self.driver).move_to_element(at).pause(0.2).perform()
        said = self.driver.find_element(By.ID, "reason").text
        self.holds(f"reason-of-{title}", all(word in said for word in words), said)

    def keep(self):
        path = os.path.join(PICTURES, f"page-{self.name}.png")
        os.makedirs(PICTURES, exist_ok=True)
        self.driver.save_screenshot(path)
        with open(path, "rb") as source:
            data = source.read()
        self.holds("screenshot", data.startswith(PNG) and len(data) > 20000, f"{len(data)} bytes")


def groups(page):
    page.alone()
    page.search("07:01", {"0000:07:01.0"})
    page.hover("node", "0000:00:07.0", "root port, no effective ACS")
    page.hover("cluster", "cluster_4", "group 4", "0000:05:00.0 with 0000:00:0a.3: no effective ACS",
               "their DMA carries the same requester ID")
    page.keep()


def xen_list(page, guests):
    page.alone()
    page.search("d5 (web)", guests)
    page.hover("cluster", "cluster_4", "group 4", "0000:05:00.0 with 0000:00:0a.3: no effective ACS")
    page.hover("cluster", "cluster_8", "group 8", "owner d5 (web)", "attached")
    page.hover("node", DEVICE, "owner d5 (web)", "firmware has it reach frames 0x7b800-0x7b80f",
               f"which {SHARER} reaches too")
    page.keep()


def main():
    report = Report(os.path.join(PICTURES, "page.json"), arch="x86", when="page")
    build_tool()
    with tempfile.TemporaryDirectory() as folder:
        guests = make_pages(folder)
        with browser(folder) as driver:
            for name, looks in (("groups", groups), ("list", lambda page: xen_list(page, guests))):
                start = time.monotonic()
                page = Page(driver, name, f"{folder}/{name}.html")
                looks(page)
                report.add(name, page.results, time.monotonic() - start, "-", (looks.__doc__ or "").strip())
    report.write()
    rings.show("page")
    report.table()
    totals = report.totals()
    return 0 if totals["PASS"] and not totals["FAIL"] else 1


if __name__ == "__main__":
    sys.exit(main())
