"""`tox -e audit-html`: the HTML of a run, opened from a file in Chromium.

usage: python -m tests.audits html [--results RESULTS.json ...]

Without --results a few topics are run first, on the backport, the graft and two Pythons. Every page
opens from a file, light, dark and as narrow as a telephone, without an error and without a request
to any network; its figures are REPORT.md's; cells, queries and links lead to what they say; a
scenario shows claim, source, citation and transcripts with the first difference marked; all of it
can be done by keyboard and has names for a screen reader. Then the run is made as long as 90,000
verdicts, and queries must answer while a person types. Screenshots stay in report/audits/html, to
be looked at.

Exit status 77 means that there is no Chromium here, or no playwright.
"""

from __future__ import annotations

import argparse
import copy
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from conformance.report import Overview, html, render, results_file
from conformance.report.html.data import LETTERS, Columns, scenarios_of
from conformance.report.paths import a_path
from conformance.report.reviewed import reviewed
from conformance.report.transcripts import folder_of
from tests.audits.result import TOP, Result, Table, fail_on, fresh_folder, not_possible, publish

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PART = (
    "alpn",
    "warnings",
    "shutdown/test_close_notify.py",
    "interop/test_shutdown.py",
)
IMPLEMENTATIONS = ("backport-py2.7", "monkeypatched-py2.7", "stdlib-py3.9")
VERDICTS = 90_000
QUERY_MILLISECONDS = 1000
"""How long a query may take over that many verdicts."""
CONTRAST = 4.5
"""Of text and what is behind it, as WCAG's level AA has it."""

NAMES = """() => [...document.querySelectorAll('a, button, input, select, summary')]
  .filter((one) => one.checkVisibility())
  .filter((one) => !(one.getAttribute('aria-label')
    || (one.matches('input, select') ? [...one.labels].some((label) => label.textContent.trim())
      : one.textContent.trim())))
  .map((one) => one.outerHTML.slice(0, 120))"""
HEADERS = """() => [...document.querySelectorAll('th')].filter((one) => !one.scope).length"""
BEYOND = """() => { const width = document.documentElement.clientWidth;
  const scrolls = (one) => one && (getComputedStyle(one).overflowX !== 'visible'
    || scrolls(one.parentElement));
  return [...document.querySelectorAll('main *, header *')]
    .filter((one) => one.checkVisibility() && !one.closest('.skip')
      && one.getBoundingClientRect().right > width + 1 && !scrolls(one.parentElement))
    .map((one) => one.tagName + ' ' + one.textContent.trim().slice(0, 40)); }"""
TWICE = """() => { const seen = {};
  for (const one of document.querySelectorAll('[id]')) seen[one.id] = (seen[one.id] || 0) + 1;
  return Object.keys(seen).filter((id) => seen[id] > 1); }"""
DANGLING = """() => [...document.querySelectorAll('a[href^="#"]')]
  .map((one) => one.getAttribute('href').slice(1))
  .filter((id) => id && !id.includes('=') && !document.getElementById(id))"""
PALE = """(least) => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (one) => { const [r, g, b] = one.slice(0, 3).map((v) => { v /= 255;
    return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = (one) => { const layers = [];
    for (let at = one; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      const alpha = colour.length > 3 ? colour[3] : 1;
      if (alpha) layers.push([colour, alpha]);
      if (alpha === 1) break; }
    return layers.reverse().reduce((under, [colour, alpha]) =>
      under.map((v, n) => v * (1 - alpha) + colour[n] * alpha), [255, 255, 255]); };
  const found = new Set();
  for (const one of document.querySelectorAll('main *, header *')) {
    if (![...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    if (!one.checkVisibility() || one.closest('.skip')) continue;
    const [a, b] = [light(parts(getComputedStyle(one).color)), light(behind(one))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < least) found.add(one.tagName + '.' + one.className + ' ' + ratio.toFixed(1));
  }
  return [...found]; }"""


class Checks:
    """What was checked, and what was wrong."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []
        self.problems: list[str] = []

    def that(self, right: object, what: str, why: object = "") -> None:
        """One check: `what` is a claim, `why` what was found instead."""
        self.rows.append((what, "yes" if right else f"no: {why}"))
        if not right:
            self.problems.append(f"Not so: {what}{f' ({why})' if why else ''}.")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits html")
    parser.add_argument(
        "--results", type=a_path, nargs="+", help="results of runs, the newest last"
    )
    options = parser.parse_args(arguments)
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        not_possible("There is no Chromium here: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        not_possible("There is no playwright here: pip install playwright")
    folder = fresh_folder("html")
    files = options.results or [run_some(folder)]
    beside = reviewed()
    overviews = [Overview(results_file.read(path), *beside) for path in files]
    site, long = folder / "site", folder / "long"
    html.write(overviews[-1], site, [folder_of(files[-1])], [*overviews[:-1], overviews[-1]])
    longer = Overview(lengthened(overviews[-1].results), *beside)
    html.write(longer, long)
    checks = Checks()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        version = browser.version
        for scheme in ("light", "dark"):
            context = browser.new_context(
                color_scheme=scheme, viewport={"width": 1400, "height": 1000}, offline=True
            )
            walk(Visit(context, site, folder, checks, scheme), overviews[-1])
            context.close()
        context = browser.new_context(offline=True, viewport={"width": 360, "height": 800})
        narrow(Visit(context, site, folder, checks, "narrow"), overviews[-1])
        context.close()
        context = browser.new_context(offline=True)
        seconds = hurry(Visit(context, long, folder, checks, "long"), longer)
        browser.close()
    for claim, found in checks.rows:
        print(f"{found[:3]:4} {claim}")
    verdicts = len(longer.everything.pairs)
    publish(
        "html",
        Result(
            f"Chromium {version} opened every page from a file, light, dark and narrow: "
            f"{len(checks.rows)} checks, {len(checks.problems)} not so; a query over {verdicts} "
            f"verdicts took at most {seconds} ms.",
            {"checks": len(checks.rows), "query milliseconds": seconds},
            tables=(Table("What was checked", ("Claim", "So"), tuple(checks.rows)),),
        ),
    )
    fail_on(checks.problems)


def run_some(folder: Path) -> Path:
    """The results of a few topics on a few implementations."""
    path = folder / "results.json"
    scenarios = [f"conformance/scenarios/{name}" for name in PART]
    command = [sys.executable, "-m", "pytest", "-q", "--results", str(path), *scenarios]
    command += [part for name in IMPLEMENTATIONS for part in ("--implementation", name)]
    subprocess.run(command, cwd=TOP, check=False, stdin=subprocess.DEVNULL)
    return path


def lengthened(results: Mapping[str, Any]) -> Mapping[str, Any]:
    """Results with as many verdicts as VERDICTS: their scenarios again and again, renamed."""
    made = copy.deepcopy({**results, "judgements": [], "scenarios": []})
    times = -(-VERDICTS // len(results["judgements"]))
    for number in range(times):
        for one in results["scenarios"]:
            made["scenarios"].append({**one, "id": again(one["id"], number)})
        for one in results["judgements"]:
            made["judgements"].append({**one, "scenario": again(one["scenario"], number)})
    return made


def again(scenario: str, number: int) -> str:
    topic, _, rest = scenario.partition("/")
    return f"{topic}/{number}/{rest}" if number else scenario


class Visit:
    """One browser on one folder of HTML."""

    def __init__(self, context: Any, site: Path, shots: Path, checks: Checks, name: str) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.site = site
        self.shots = shots
        self.name = name
        self._checks = checks
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._told)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _told(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def that(self, right: object, what: str, why: object = "") -> None:
        self._checks.that(right, f"{self.name}: {what}", why)

    def open(self, address: str) -> None:
        """Open a page afresh, and wait for what it loads."""
        self.page.goto("about:blank")
        self.page.goto(f"file://{self.site}/{address}")
        self.settle()

    def settle(self) -> None:
        """Wait until the page of scenarios shows what its address says."""
        if self.page.locator("#count").count():
            self.page.wait_for_function(
                "() => document.getElementById('detail').hidden"
                " ? !document.getElementById('count').textContent.startsWith('Loading')"
                " : document.getElementById('verdicts').tBodies[0].rows.length"
                " || document.getElementById('claim').textContent"
            )
            self.page.wait_for_timeout(300)

    def shoot(self, name: str) -> None:
        self.page.screenshot(path=str(self.shots / f"{name}-{self.name}.png"))

    def found(self) -> int:
        """How many scenarios the list says it has."""
        said = re.match(r"\d+", self.page.inner_text("#count"))
        return int(said.group()) if said else -1

    def ask(self, query: str) -> int:
        """The number of scenarios that a query finds."""
        self.open(f"scenarios.html#query={quote(query)}")
        return self.found()


def walk(visit: Visit, overview: Overview) -> None:
    """All checks on the pages of a run."""
    pages = sorted(path.name for path in visit.site.glob("*.html"))
    for name in pages:
        visit.open(name)
        visit.shoot(name.removesuffix(".html"))
        every_page(visit, name)
    figures(visit, overview)
    columns = Columns(overview)
    matrix(visit, columns)
    queries(visit, overview, columns)
    scenario(visit, columns)
    links(visit, overview)
    keyboard(visit)
    visit.that(not visit.errors, "no page has an error", visit.errors[:3])
    outside = [one for one in visit.requests if not one.startswith(("file://", "about:"))]
    visit.that(not outside, "nothing is asked of a network", outside[:3])


def narrow(visit: Visit, overview: Overview) -> None:
    """What holds on a telephone: pages scroll one way, only tables and code scroll the other."""
    addresses = sorted(path.name for path in visit.site.glob("*.html"))
    longest = max(Columns(overview).scenarios, key=len)
    for address in (*addresses, f"scenarios.html#id={quote(longest, safe='')}"):
        visit.open(address)
        name = address.partition("#")[0].removesuffix(".html")
        visit.shoot(name if address in addresses else "scenario")
        wide = visit.page.evaluate(BEYOND)
        visit.that(not wide, f"{address} is not wider than what shows it", wide[:3])


def every_page(visit: Visit, name: str) -> None:
    """What holds for each page: names for a screen reader, headings, colours."""
    page = visit.page
    for what, wrong in (
        ("has one heading of the first level", page.locator("h1").count() != 1),
        ("says its language", page.get_attribute("html", "lang") != "en"),
        ("has a title", not page.title()),
        ("has a main part and a navigation", page.locator("main, header nav").count() != 2),
        ("marks its place among the pages", page.locator("[aria-current=page]").count() != 1),
    ):
        visit.that(not wrong, f"{name} {what}")
    for what, script in (
        ("names all that can be used", NAMES),
        ("has no id twice", TWICE),
        ("has no link to what is not there", DANGLING),
    ):
        wrong = page.evaluate(script)
        visit.that(not wrong, f"{name} {what}", wrong[:3])
    visit.that(not page.evaluate(HEADERS), f"{name} says what each header of a table heads")
    pale = page.evaluate(PALE, CONTRAST)
    visit.that(not pale, f"{name} has text that can be read", pale[:4])


def figures(visit: Visit, overview: Overview) -> None:
    """The first table is REPORT.md's."""
    text = render(overview).text
    told = [
        [re.sub(r"[`*]", "", cell).replace("–", "0").strip() for cell in line.split("|")[1:-1]]
        for line in text.splitlines()
        if re.match(r"\| `[^`]+` \| [\d.]", line)
    ]
    visit.open("index.html")
    shown = visit.page.evaluate(
        "() => [...document.querySelectorAll('tr[data-row]')].map((row) =>"
        " [...row.cells].map((cell) => cell.textContent.trim()))"
    )
    visit.that(told and shown == told, "the figures are REPORT.md's", (told, shown))
    gate = visit.page.inner_text(".gate")
    visit.that(overview.gate in gate and overview.gate in text, "both say whether it passes", gate)
    background = visit.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    dark = sum(map(int, re.findall(r"\d+", background)[:3])) < 384
    visit.that(dark is (visit.name == "dark"), "the colours are those that a person wants")


def matrix(visit: Visit, columns: Columns) -> None:
    """Cells of the matrix open the scenarios that they count."""
    visit.open("index.html")
    cells = visit.page.locator(".matrix td a")
    for number in sorted({0, cells.count() // 2, cells.count() - 1}):
        visit.open("index.html")
        cell = visit.page.locator(".matrix td a").nth(number)
        label = cell.get_attribute("aria-label") or ""
        counted = int(re.findall(r"of (\d+) alike", label)[0])
        cell.click()
        visit.page.wait_for_url("**/scenarios.html*")
        visit.settle()
        visit.that(visit.found() == counted, f"the cell {label} opens its scenarios", visit.found())


def expected(overview: Overview, columns: Columns) -> Iterator[tuple[str, int]]:
    """Queries, and how many scenarios each has to find, counted by other means."""
    rows = scenarios_of(columns)
    alike = {LETTERS["same"], LETTERS["equivalent"], " "}
    for target in ("backport-py2.7", "stdlib-py3.9"):
        numbers = [at for at, one in enumerate(columns.all) if one.target == target]
        for at in numbers:
            own = columns.all[at]
            others = [
                other
                for other, one in enumerate(columns.all)
                if other != at and (one.openssl, one.axis) == (own.openssl, own.axis)
            ]
            yield (
                f"only {target} differs",
                sum(
                    row[3][at] not in alike and all(row[3][other] in alike for other in others)
                    for row in rows
                ),
            )
    heads = [head for version in overview.versions for head in version.headlines]
    since = heads[0].drifts[0].step.first.name if heads else "3.12"
    choices: tuple[tuple[str, Callable[[Any], bool]], ...] = (
        (f"since {since}", lambda head: any(one.step.first.name == since for one in head.drifts)),
        ("not documented", lambda head: not head.is_documented),
    )
    for query, fits in choices:
        names = {
            place.scenario
            for head in heads
            if fits(head)
            for one in head.drifts
            for place in one.places
        }
        yield query, len(names & columns.number.keys())
    for openssl in columns.lanes():
        numbers = [at for at, one in enumerate(columns.all) if one.openssl == openssl]
        found = sum(any(row[3][at] not in alike for at in numbers) for row in rows)
        yield f"OpenSSL {openssl}", found
    word = rows[0][0].partition("::")[2][:12]
    yield "nothing-of-this-name", 0
    yield f"{word} nothing-of-this-name", 0


def queries(visit: Visit, overview: Overview, columns: Columns) -> None:
    """Queries find what was counted by other means."""
    for query, number in expected(overview, columns):
        found = visit.ask(query)
        visit.that(found == number, f"the query “{query}” finds {number} scenarios", found)
    name = columns.scenarios[-1]
    visit.that(visit.ask(name.partition("::")[2]) >= 1, f"words of {name} find it")


def scenario(visit: Visit, columns: Columns) -> None:
    """A scenario shows claim, source, citation and transcripts with the first difference."""
    differing = [
        name
        for pairs, column in zip(columns.pairs, columns.all, strict=True)
        for name, one in pairs.items()
        if column.role == "candidate" and one.divergences and columns.claims[name]["anchor"]
    ]
    if not differing:
        visit.that(False, "some scenario differs on a candidate: these results show nothing")
        return
    name = differing[0]
    visit.open(f"scenarios.html#id={quote(name, safe='')}")
    page = visit.page
    visit.that(page.inner_text("#detail-title") == name, f"{name} opens by its link")
    visit.that(page.inner_text("#claim") == columns.claims[name]["claim"], "the claim is shown")
    visit.that(page.locator("#citation a[href^=https]").count() == 1, "the citation is a link")
    if not page.is_visible("#source-box"):
        visit.that(False, "the source is shown", "these results have no transcripts beside them")
        return
    page.locator("#source-box summary").click()
    function = name.partition("::")[2].partition("[")[0]
    visit.that(f"def {function}" in page.inner_text("#source"), "the source is shown")
    rows = page.locator("#transcripts tbody tr").count()
    visit.that(rows > 1, "transcripts are side by side", f"{rows} rows")
    visit.that(page.locator("#first-difference").count() == 1, "the first difference is marked")
    visit.that("first difference" in page.inner_text("#first-difference"), "it is marked in words")
    before = page.locator("#transcripts thead th").count()
    box = page.locator("#verdicts input:not(:checked)").first
    box.check()
    page.wait_for_timeout(300)
    after = page.locator("#transcripts th").count()
    visit.that(after > before, "another implementation can be put beside them", (before, after))
    every_page(visit, "a scenario")
    visit.shoot("scenario")


def links(visit: Visit, overview: Overview) -> None:
    """Decisions, findings and changes have links that stay."""
    wanted = [f"decisions.html#{one.decision.anchor}" for one in overview.decided[:3]]
    wanted += [
        f"decisions.html#finding-{seen.id}" for one in overview.decided[:3] for seen in one.seen[:1]
    ]
    wanted += [f"drift.html#h-{head.id}" for one in overview.versions for head in one.headlines[:1]]
    for address in wanted:
        visit.open(address)
        target = address.partition("#")[2]
        shown = visit.page.evaluate(
            "(id) => { const one = document.getElementById(id); return Boolean(one)"
            " && one.getBoundingClientRect().top < innerHeight; }",
            target,
        )
        visit.that(shown, f"{address} opens at its place")
    visit.open("drift.html")
    visit.page.fill("#changelog-text", "nothing-of-this-name")
    visit.that(
        visit.page.inner_text("#changelog-count").startswith("0 of"), "the changelog filters"
    )


def keyboard(visit: Visit) -> None:
    """Everything can be done without a mouse."""
    page = visit.page
    visit.open("index.html")
    page.keyboard.press("Tab")
    skip = page.evaluate("() => document.activeElement.className")
    visit.that(skip == "skip", "the first Tab leads to the content", skip)
    page.keyboard.press("Enter")
    visit.that(
        page.evaluate("() => document.activeElement.id") == "main", "Enter goes to the content"
    )
    visit.open("scenarios.html")
    page.focus("#query")
    ring = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    visit.that(ring != "none", "what has the focus shows it", ring)
    page.keyboard.type("unwrap")
    page.wait_for_timeout(400)
    visit.that("unwrap" in page.url, "the address has the query", page.url)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => Boolean(document.activeElement.closest('#scenarios a'))"):
            break
    page.keyboard.press("Enter")
    visit.settle()
    visit.that(page.evaluate("() => document.activeElement.id") == "detail", "Enter opens it")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    visit.that("unwrap" in page.url and page.is_visible("#listed"), "and leads back", page.url)


def hurry(visit: Visit, overview: Overview) -> int:
    """The milliseconds of the slowest query over many verdicts."""
    visit.open("scenarios.html")
    visit.that(visit.found() == len(Columns(overview).scenarios), "all scenarios are listed")
    slowest = 0
    for query in ("unwrap", "only backport-py2.7 differs", "not documented", "since 3.10", ""):
        took = visit.page.evaluate(
            "(query) => { document.getElementById('query').value = query; state.query = query;"
            " const begun = performance.now(); search(); return performance.now() - begun; }",
            query,
        )
        slowest = max(slowest, round(took))
    limit = QUERY_MILLISECONDS
    visit.that(slowest <= limit, f"a query takes at most {limit} ms", f"{slowest} ms")
    return slowest


if __name__ == "__main__":
    main()
