"""REPORT.md: one screen, then the decisions, then the drift between Pythons. All else is HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from conformance.judge.verdict import VERDICTS
from conformance.report.baseline import Fact, Report, facts_in, news, sealed, text_of
from conformance.report.changelog import Headline
from conformance.report.decided import Decided, Seen
from conformance.report.drift import Drift
from conformance.report.findings import NOWHERE, OWN
from conformance.report.links import link_to_source, links
from conformance.report.markdown import code, contrasted, count, link, prose
from conformance.report.overview import Overview
from conformance.report.versions import listed
from conformance.run.ids import test_id
from impls.host.versions import without_lane, without_lanes

TEMPLATE = "report.md.jinja"
HEADLINES = 5
"""Shown of each version, and whatever more can break a program."""
SEEN = 1
"""Ways to differ that are shown of a decision."""
LISTED = 6
"""Lines of one list on the first screen."""
WIDE = 40
"""Characters of a value."""
REASON = 155
"""Characters of a decision's reason, after which the file has the rest."""
FILES = "conformance/divergences/"
VERSIONS_LISTED = 4
"""Versions of Python whose drift gets lines of its own in the news."""

NEWS = re.compile(r"<!-- news -->\n(.*?)<!-- end of news -->\n", re.DOTALL)


class Counted(NamedTuple):
    """How many findings of drift there are of each kind."""

    documented: int
    reviewed: int
    open: int


def render(overview: Overview, before: Report | None = None) -> Report:
    """REPORT.md and its findings. The same results give the same texts, in whatever order they are.

    `before` is the last report, for what is new. Where nothing is new since then, what it said was
    new is said again.
    """
    findings = text_of(overview.everything, overview.drift, overview.decisions)
    page = Page(overview, _news(findings, before))
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(code=code, prose=prose, count=count, without_lanes=without_lanes)
    text = environment.get_template(TEMPLATE).render(
        page=page, overview=overview, openssl=overview.openssl
    )
    return Report(sealed(text, findings), findings)


def _news(findings: str, before: Report | None) -> str:
    """What is new since the last report, as Markdown."""
    if before is None:
        return "This is the first report.\n"
    came, gone = news(before.findings, findings)
    if not came and not gone:
        kept = NEWS.search(before.text)
        return kept[1] if kept is not None else "Nothing is new since the last report.\n"
    lines = [
        f"Since the last report {count(len(came), 'line')} of the findings "
        f"{'is' if len(came) == 1 else 'are'} new and {len(gone)} gone."
    ]
    known = {fact.implementation for fact in facts_in(before.findings)}
    others = [fact for fact in came if fact.kind == "finding" and fact.implementation not in known]
    rest = [fact for fact in came if fact not in others]
    shown = [*_not_there_before(others), *_by_subject("New", rest), *_by_subject("Gone", gone)]
    return "\n".join([*lines, "", *shown]) + "\n"


def _not_there_before(facts: Sequence[Fact]) -> list[str]:
    """A line about all implementations of which the last report said nothing, if there are any."""
    names = sorted({code(fact.implementation) for fact in facts})
    text = f"- New: {count(len(facts), 'line')} about {', '.join(names)}, which it did not have"
    return [text] if names else []


def _by_subject(what: str, facts: Sequence[Fact]) -> list[str]:
    """A line for each candidate, on all its OpenSSLs, or version; one for many versions."""
    versions = {fact.implementation for fact in facts if fact.kind == "drift"}
    members: dict[tuple[str, str], list[str]] = {}
    lanes: dict[str, set[str]] = {}
    for fact in facts:
        together = fact.kind == "drift" and len(versions) > VERSIONS_LISTED
        subject = f"in {len(versions)} versions" if together else without_lane(fact.implementation)
        lanes.setdefault(subject, set()).add(fact.implementation)
        members.setdefault((fact.kind, subject), []).append(fact.member)
    shown = []
    for (kind, subject), found in sorted(members.items(), key=lambda item: item[0], reverse=True):
        about = code(subject) if kind == "finding" else f"the drift of Python {subject}"
        if len(lanes[subject]) > 1 and kind == "finding":
            about += f" on {len(lanes[subject])} OpenSSLs"
        # Probes, and how a scenario goes on, say nothing by themselves.
        members_of_ssl = (one for one in found if not re.match(r"scenario$|native\.", one))
        names = [code(one) for one in dict.fromkeys(members_of_ssl)]
        text = f"- {what}: {count(len(found), 'line')} about {about}"
        if names:
            text += f", in {', '.join(names[:LISTED])}"
            if len(names) > LISTED:
                text += f" and {count(len(names) - LISTED, 'other member')}"
        shown.append(text)
    return shown


class Page:
    """What the template shows, as Markdown."""

    def __init__(self, overview: Overview, news: str) -> None:
        self.overview = overview
        self.news = news
        self._claims = {one["id"]: one for one in overview.results["scenarios"]}

    @property
    def breaking(self) -> list[str]:
        """What can break a program and is documented nowhere, the newest first."""
        return [
            f"{version.title}: {prose(head.summary)}" for version, head in self.overview.breaking
        ]

    @property
    def bugs(self) -> list[str]:
        found = []
        for text, trackers, anchor in self.overview.bugs:
            where = [links(trackers)] if trackers else []
            where += [link("decision", FILES + anchor + ".toml")] if anchor else []
            found.append(prose(text) + (f" ({', '.join(where)})" if where else ""))
        return found

    # What candidates do

    def seen(self, one: Seen) -> str:
        """One way to differ, as a line."""
        names = dict.fromkeys(without_lane(name) for name, _ in one.verdicts)
        who = ", ".join(f"`{name}`" for name in names)
        ours, theirs = contrasted([one.reference, one.candidate], WIDE)
        what = code(one.call, WIDE)
        if one.is_course:
            claim = self._claims.get(one.claim, {}).get("claim", one.claim)
            return f"not so on {who}: {prose(claim)}"
        if one.field not in ("outcome", "value", "exception"):
            what += f" ({one.field.replace('_', ' ')})"
        return f"{what}: {ours}, on {who} {theirs}"

    @staticmethod
    def why(one: Decided) -> str:
        """The reason, as far as it is short: whole sentences. The file has the others."""
        sentences = re.split(r"(?<=[.:]) (?=[A-Z`])", one.decision.reason)
        kept = [sentences[0]]
        for sentence in sentences[1:]:
            if sum(map(len, kept)) + len(sentence) > REASON:
                return prose(" ".join(kept)) + " …"
            kept.append(sentence)
        return prose(" ".join(kept))

    @staticmethod
    def title(one: Decided) -> str:
        """What the decision is about, with a link to its file."""
        return link(prose(one.decision.title), FILES + one.decision.name)

    def shown(self, one: Decided) -> list[str]:
        return [self.seen(seen) for seen in one.seen[:SEEN]]

    def rest(self, one: Decided) -> str:
        """How much more the HTML shows."""
        parts = []
        if len(one.seen) > SEEN:
            parts.append(f"{len(one.seen) - SEEN} more of this kind")
        if one.consequences:
            parts.append(count(one.consequences, "consequence"))
        return " and ".join(parts)

    def decided(self, one: Decided) -> str:
        """Category, until when, and the issue if there is one; the file has the other sources."""
        decision = one.decision
        issues = [text for text in decision.tracker if re.fullmatch(r"(gh|bpo)-\d+", text)]
        text = f"*{decision.category}*"
        text += f", review by {decision.review_by}" if decision.review_by else ""
        return text + (f"; {links(issues[:1])}" if issues else "")

    @staticmethod
    def since(one: Decided) -> str:
        """Which others do so, since when; nothing where it is the candidate's alone."""
        said = dict.fromkeys(seen.since for seen in one.seen if seen.since)
        return prose(next((text for text in said if text not in (OWN, NOWHERE)), ""))

    def undecided(self, way: Sequence[Seen]) -> str:
        """One way to fail, with all that helps."""
        one = way[0]
        also = f" (and {len(way) - 1} more texts edited alike)" if len(way) > 1 else ""
        verdicts = ", ".join(f"{verdict} on `{name}`" for name, verdict in one.verdicts)
        reasons = "".join(f" {prose(text)}" for text in one.reasons)
        since = f" {prose(one.since)}" if one.since else ""
        meaning = "" if one.reasons else f" {one.verdict}: {VERDICTS[one.verdict]}."
        claim = self.claim(one.claim)
        return (
            f"**{verdicts}**: {self.seen(one)}{also}. Claim: {claim}{since}{meaning}{reasons} "
            f"Rerun: {code(f'pytest {chr(39)}{one.example}{chr(39)}', 1000)}"
        )

    @property
    def failures(self) -> list[str]:
        """Failing pairs that no divergence explains."""
        lines = []
        for pair, number in self.overview.failures:
            more = f" and {number - 1} more" if number > 1 else ""
            why = prose(pair.note or VERDICTS[pair.verdict])
            where = code(test_id(pair.scenario, pair.target), 1000)
            lines.append(f"**{pair.verdict}** {where}{more}: {why}")
        return lines

    @property
    def unmet(self) -> list[str]:
        """What references no longer do, or do not do, of what scenarios claim."""
        everything = self.overview.everything
        found: dict[str, str] = {}
        for one in (*everything.pairs, *everything.interop):
            if one.verdict == "unmet":
                claim = self._claims.get(one.scenario, {}).get("claim", one.scenario)
                found.setdefault(claim, f"{self.claim(one.scenario)} {prose(one.note or '')}")
        return list(found.values())

    def claim(self, scenario: str) -> str:
        """What a scenario claims, with a link to where the documentation says so."""
        found = self._claims.get(scenario)
        if found is None:
            return prose(scenario)
        if not found["anchor"]:
            return prose(found["claim"])
        return f"{prose(found['claim'])} ({link_to_source(found['anchor'])})"

    # Drift

    @property
    def counted(self) -> Counted:
        """How many findings are documented by Python, are not, and are not reviewed yet."""
        heads = [head for version in self.overview.versions for head in version.headlines]
        return Counted(
            sum(len(head.drifts) for head in heads if head.is_documented),
            sum(len(head.drifts) for head in heads if head.summary and not head.is_documented),
            sum(len(head.drifts) for head in heads if not head.summary),
        )

    @staticmethod
    def headlines(heads: Sequence[Headline]) -> Sequence[Headline]:
        """What is shown of a version: all that breaks programs, and the next."""
        return heads[: max(HEADLINES, sum(head.breaks for head in heads))]

    def headline(self, head: Headline) -> str:
        """One entry of the changelog."""
        shown = self.drift(head.first)
        more = len(head.drifts) - 1
        also = f" (and {more} more)" if more else ""
        if head.is_documented:
            text = f"{prose(head.summary)} {links(head.references[:1])}{also}"
            why = f" {prose(head.why)}" if head.why else ""
            return f"**Breaks.** {text}{why} {shown}" if head.breaks else text
        if head.summary:
            mark, why = "**Not documented.**", f" {prose(head.why)}"
            if not head.breaks:
                return f"Not documented: {prose(head.summary)} {prose(head.why)}"
            return f"{mark} {prose(head.summary)}{why} {shown}{also}"
        return f"Not reviewed: {shown}{also}"

    @staticmethod
    def drift(one: Drift) -> str:
        """One finding: what is used, before and since."""
        what = code(one.call or one.member, WIDE)
        on = f" on {listed(one.openssls)}" if one.missing_in_first_lane else ""
        if one.kind != "changed":
            return f"{code(one.member)} is {one.kind}{on}"
        first = one.changes[0]
        before, after = contrasted([first.before, first.after], WIDE)
        named = "" if first.field in ("outcome", "value") else f" {first.field.replace('_', ' ')}"
        return f"{what}{named}{on}: {before} → {after}"
