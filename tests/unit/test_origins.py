"""The contract's table of origins: what events show of how a connection came to be, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import certs
from conformance.coverage import contract, origin_contract, origins
from conformance.coverage.contract import Reasons
from conformance.coverage.origin_contract import OriginReason
from conformance.coverage.origins import ORIGINS, SIDES, Use, uses_in
from conformance.coverage.states import Member
from conformance.peers import Peers, attempt, attempt_any, deliver
from conformance.report import Overview, html, results_file
from conformance.report.coverage import ContractSection
from conformance.report.page import render
from conformance.run.scenarios import SCENARIOS, loaded
from impls.host.declarations import Implementation
from impls.host.session import RemoteAgent, Session
from tests.support.results import results_of

KINDS = loaded(SCENARIOS / "states" / "test_kinds_of_connection.py")
KEYS = loaded(SCENARIOS / "states" / "test_after_key_update.py")

CARRIERS = {"objects": "SSLObject", "sockets": "SSLSocket"}

OF_HANDSHAKES = ORIGINS[: ORIGINS.index(origins.KEY_13) + 1]

WAYS = {
    "full 1.2": {origins.FULL},
    "full 1.3": {origins.FULL},
    "resumed by id 1.2": {origins.BY_ID},
    "resumed by ticket 1.2": {origins.BY_TICKET},
    "resumed 1.3": {origins.RESUMED},
    "switched 1.2": {origins.FULL, origins.SWITCHED},
    "switched 1.3": {origins.FULL, origins.SWITCHED},
    "switched and resumed 1.3": {origins.RESUMED, origins.SWITCHED},
    "client authenticated 1.2": {origins.FULL, origins.AUTHENTICATED},
    "client authenticated 1.3": {origins.FULL, origins.AUTHENTICATED},
    "client authenticated and resumed 1.2": {origins.BY_TICKET},
    "client authenticated and resumed 1.3": {origins.RESUMED},
    "authenticated later 1.3": {origins.FULL, origins.LATER},
    "key 1.2": {origins.KEY_12},
    "key 1.3": {origins.KEY_13},
}
"""What each of the ways that scenarios have comes to."""


@pytest.fixture(scope="module")
def agent(reference: Implementation) -> Iterator[RemoteAgent]:
    made = RemoteAgent(reference)
    yield made
    made.close()


@pytest.fixture
def uses(
    agent: RemoteAgent, certificates: certs.Catalogue
) -> Callable[[Callable[[Any], None]], set[Use]]:
    """The uses of a scenario that takes `ssl`, `native`, `peers` and `certificates` as one."""

    def run(scenario: Callable[[Any], None]) -> set[Use]:
        session = Session(agent)
        ssl, native = session.module, session.native
        peers = Peers(ssl, native, certificates)
        scenario(SimpleNamespace(ssl=ssl, native=native, peers=peers, certificates=certificates))
        session.end()
        return set(uses_in(session.events, agent.classes))

    return run


def shown(found: set[Use], name: str, owner: str = "SSLObject") -> dict[str, set[str]]:
    """By side, the origins of the connections that a member was used on."""
    return {
        side: {
            use.origin for use in found if (use.owner, use.name, use.side) == (owner, name, side)
        }
        for side in SIDES
    }


# What is certain


def test_every_way_of_the_scenarios_is_expected() -> None:
    assert set(WAYS) == set(KINDS.WAYS)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("way", WAYS)
def test_origin_is_seen(uses: Any, way: str, carrier: str) -> None:
    def scenario(on: Any) -> None:
        maker = KINDS.Maker(on.ssl, on.peers, on.native, on.certificates, way, carrier)
        ends = maker.made()
        maker.show(ends)
        for end in ends:
            end.compression()

    found = shown(uses(scenario), "compression", CARRIERS[carrier])
    for side in SIDES:
        assert found[side] & {*OF_HANDSHAKES} == WAYS[way]


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    "name, origin",
    [
        ("test_all_is_as_before_an_update", origins.UPDATED),
        ("test_all_is_as_before_a_renegotiation", origins.RENEGOTIATED),
    ],
)
def test_new_keys_are_seen(uses: Any, name: str, origin: str, side: str, carrier: str) -> None:
    def scenario(on: Any) -> None:
        getattr(KEYS, name)(on.ssl, on.peers, on.native, side, carrier)

    found = uses(scenario)
    on_it = {use for use in found if use.origin == origin}
    assert {use.side for use in on_it if use.name == "unwrap"} == {side}
    assert {use.owner for use in on_it} == {CARRIERS[carrier]}
    # What a renegotiation agreed again is nothing that the first handshake was.
    of_handshakes = {use.origin for use in found} & {*OF_HANDSHAKES}
    assert of_handshakes == {origins.FULL}


FAILURES = {
    origins.WRONG_ARGUMENT: lambda tls: tls.get_channel_binding("none such"),
    origins.REFUSED_ATTRIBUTE: lambda tls: setattr(tls, "session_reused", True),
    origins.REFUSED_OPERATION: lambda tls: tls.verify_client_post_handshake(),
    origins.WAITED: lambda tls: tls.read(1),
}


@pytest.mark.parametrize("origin", FAILURES)
@pytest.mark.parametrize("side", SIDES)
def test_failed_call_is_seen(uses: Any, origin: str, side: str) -> None:
    def scenario(on: Any) -> None:
        pair = on.peers.established("TLSv1.2")
        near, far = pair.sides(side)
        near.tls.cipher()
        assert attempt_any(FAILURES[origin], near.tls) != "value"
        near.tls.compression()
        far.tls.compression()

    found = uses(scenario)
    assert shown(found, "cipher")[side] == {origins.FULL}
    assert shown(found, "compression") == {
        side: {origins.FULL, origin},
        ({*SIDES} - {side}).pop(): {origins.FULL},
    }


# What is not


def resumed(on: Any, version: str) -> Any:
    """A pair that resumes a session, before its handshake."""
    client, server = on.peers.contexts(version)
    first = on.peers.connect(client, server)
    first.handshake()
    attempt(first.client, first.client.tls.read, 1)
    return on.peers.connect(client, server, session=first.client.tls.session)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_session_that_was_offered_is_not_resumed(uses: Any, version: str) -> None:
    def scenario(on: Any) -> None:
        pair = resumed(on, version)
        pair.client.tls.session_reused  # noqa: B018 - before the handshake it says nothing
        pair.handshake()
        pair.client.tls.compression()

    assert shown(uses(scenario), "compression")["client"] == set()


def test_resumption_without_a_look_at_the_ticket_is_of_no_kind(uses: Any) -> None:
    def scenario(on: Any) -> None:
        pair = resumed(on, "TLSv1.2")
        pair.handshake()
        assert pair.client.tls.session_reused is True
        pair.client.tls.version()
        pair.client.tls.compression()

    assert shown(uses(scenario), "compression")["client"] == set()


def test_use_before_a_handshake_or_after_an_error_does_not_count(uses: Any) -> None:
    def scenario(on: Any) -> None:
        pair = on.peers.pair()
        pair.client.tls.compression()
        pair.client.step()
        pair.client.tls.cipher()
        deliver(pair.client, pair.server)
        pair.handshake()
        pair.client.incoming.write(b"\x17\x03\x03\x00\x20" + bytes(32))
        attempt(pair.client, pair.client.tls.read, 1)
        attempt(pair.client, pair.client.tls.read, 1)
        pair.client.tls.pending()

    found = uses(scenario)
    for name in ("compression", "cipher", "pending"):
        assert shown(found, name)["client"] == set()


def test_context_that_the_scenario_replaces_is_not_switched(uses: Any) -> None:
    def scenario(on: Any) -> None:
        client, server = on.peers.contexts()
        server.sni_callback = lambda connection, name, context: None
        pair = on.peers.connect(client, server)
        pair.handshake()
        pair.server.tls.context = on.peers.server_context("several_names")
        pair.server.tls.context  # noqa: B018 - the access is the operation
        pair.server.tls.compression()

    assert shown(uses(scenario), "compression")["server"] == {origins.FULL}


@pytest.mark.parametrize("is_chooser", [True, False])
def test_context_is_switched_by_the_callback_for_names(uses: Any, is_chooser: bool) -> None:
    def scenario(on: Any) -> None:
        client, server = on.peers.contexts()
        other = on.peers.server_context("several_names")

        def switch(connection: Any, *ignored: Any) -> None:
            connection.context = other

        if is_chooser:
            server.sni_callback = switch
        else:
            server._msg_callback = switch
        pair = on.peers.connect(client, server, server_hostname="first.example")
        if is_chooser:
            pair.handshake()
        else:
            client.check_hostname = False
            pair.handshake_outcomes()
        pair.server.tls.compression()

    seen = origins.SWITCHED in shown(uses(scenario), "compression")["server"]
    assert seen is is_chooser


def test_certificate_that_was_wanted_and_not_shown_is_not_seen(uses: Any) -> None:
    def scenario(on: Any) -> None:
        maker = KINDS.Maker(
            on.ssl, on.peers, on.native, on.certificates, "authenticated later 1.3", "objects"
        )
        ends = maker.connected(None)
        ends.server.verify_client_post_handshake()
        attempt_any(ends.server.getpeercert, True)
        ends.server.compression()

    assert origins.LATER not in shown(uses(scenario), "compression")["server"]


def test_update_that_was_not_read_is_not_seen(uses: Any) -> None:
    def scenario(on: Any) -> None:
        near, _, forger = KEYS.connected(on.ssl, on.peers, on.native, "client")
        forger.update(near.incoming, False)
        near.tls.compression()

    assert origins.UPDATED not in shown(uses(scenario), "compression")["client"]


def test_what_a_probe_was_given_is_not_followed(uses: Any) -> None:
    def scenario(on: Any) -> None:
        pair = on.peers.established()
        on.native.copy(pair.client.tls)
        pair.client.tls.compression()

    assert shown(uses(scenario), "compression")["client"] == set()


def test_server_whose_client_is_not_seen_is_of_no_origin(uses: Any) -> None:
    def scenario(on: Any) -> None:
        pair = on.peers.pair()
        for _ in range(3):
            for source, target in ((pair.client, pair.server), (pair.server, pair.client)):
                source.step()
                data = source.outgoing.read()
                for each in (data[:9], data[9:]):
                    target.incoming.write(each)
        pair.server.tls.compression()
        pair.client.tls.compression()

    found = shown(uses(scenario), "compression")
    assert found == {"client": {origins.FULL}, "server": set()}


# Gaps and reasons

VERSION = Member("SSLObject", "version", "call")
ALL = [
    Use(owner, "version", "call", origin, side)
    for owner in ("SSLObject", "SSLSocket")
    for origin in ORIGINS
    for side in SIDES
]


def problems(uses: list[Use], *reasons: OriginReason) -> list[str]:
    covered = contract.coverage_of([VERSION], [], uses, Reasons((), reasons))
    return list(covered.origins.problems("contract.toml"))


def reason(member: str = "SSLSocket.version", **more: Any) -> OriginReason:
    keys: dict[str, Any] = {"way": "", "origins": (origins.FULL,), "sides": SIDES, **more}
    return OriginReason((tuple(member.split(".")),), reason="A test wants it so.", **keys)  # type: ignore[arg-type]


def test_uses_everywhere_leave_no_gap() -> None:
    assert problems(ALL) == []


def test_use_that_is_lost_is_a_gap() -> None:
    lost = Use("SSLSocket", "version", "call", origins.FULL, "server")
    assert problems([use for use in ALL if use != lost]) == [
        "No scenario uses SSLSocket.version (call) on the server of a connection of this origin: "
        "full handshake. Write one, or a reason [[origin]] in contract.toml."
    ]
    assert any("SSLSocket.version (call)" in one for one in contract_problems(lost))


def contract_problems(lost: Use) -> list[str]:
    """What a whole run says: the table is part of the contract that the gate judges."""
    uses = [use for use in ALL if use != lost]
    return contract.coverage_of([VERSION], [], uses, Reasons()).problems


@pytest.mark.parametrize("member", ["SSLSocket.version", "SSLSocket.*"])
def test_gap_with_a_reason_is_none(member: str) -> None:
    uses = [use for use in ALL if (use.owner, use.origin) != ("SSLSocket", origins.FULL)]
    assert len(problems(uses)) == 2
    assert problems(uses, reason(member)) == []
    assert len(problems(uses, reason(member, sides=("client",)))) == 1
    assert len(problems(uses, reason(member, way="get"))) == 4


def test_stale_reason_is_a_problem() -> None:
    assert problems(ALL, reason(sides=("client",))) == [
        "contract.toml has a reason [[origin]] for SSLSocket.version (call): full handshake, "
        "client, and a scenario uses it: delete it."
    ]
    (gone,) = problems(ALL, reason("SSLSocket.teleport", sides=("client",)))
    assert "there is no such member" in gone


@pytest.mark.parametrize(
    "key, value, said",
    [
        ("member", "SSLContext.options", "is not a member of SSLObject or SSLSocket"),
        ("origin", "by magic", "there is no origin 'by magic'"),
        ("side", "both", "there is no side 'both'"),
        ("way", "push", "must be call, get, set, raise or construct"),
        ("reason", " ", "must be a string with something in it"),
    ],
)
def test_reason_that_is_none_is_refused(tmp_path: Path, key: str, value: str, said: str) -> None:
    keys = {"member": "SSLObject.*", "origin": origins.FULL, "reason": "So."}
    path = tmp_path / "contract.toml"

    def written(**more: str) -> None:
        lines = [f'{name} = "{text}"' for name, text in {**keys, **more}.items()]
        path.write_text("\n".join(["[[origin]]", *lines]), "utf-8")

    written()
    (found,) = contract.load(path).of_origins
    assert (found.sides, found.way) == (SIDES, "")
    written(**{key: value})
    with pytest.raises(contract.ContractError, match=said):
        contract.load(path)


# In the report


def test_report_shows_the_sides_of_each_origin() -> None:
    wanted = Use("SSLObject", "version", "call", origins.BY_ID, "client")
    socket = reason("SSLSocket.*", origins=ORIGINS)
    covered = origin_contract.coverage_of([VERSION], [ALL[0], ALL[1], wanted], [socket])
    section = ContractSection({"members": [], "reasons": [], "origins": covered.to_plain()})
    assert section.origins == (
        "Of 60 pairs of a member of a connection and how that came to be scenarios reached 3; 30 "
        "have a reason."
    )
    table, other = section.origin_tables
    assert table.rows == (("`version` call", "both", "client", *["·"] * (len(ORIGINS) - 2)),)
    assert set(other.rows[0][1:]) == {"·"}
    ((what, why),) = section.reasons
    assert what.startswith("SSLSocket.*: full handshake; resumed by TLS 1.2 id;")
    assert why == "A test wants it so."


def test_results_of_an_older_suite_have_no_such_table() -> None:
    section = ContractSection({"members": [], "reasons": []})
    assert (section.origins, section.origin_tables, section.reasons) == ("", [], [])


def covered_results() -> dict[str, Any]:
    """Results of a whole run with a contract."""
    lost = Use("SSLSocket", "version", "call", origins.KEY_13, "server")
    uses = [use for use in ALL if use != lost]
    plain = contract.coverage_of([VERSION], [], uses, Reasons()).to_plain()
    return {**results_of(), "contract": json.loads(json.dumps(plain))}


def test_results_with_the_table_are_as_the_schema_says() -> None:
    results_file.checked(covered_results(), Path("results.json"))


def test_report_has_it_in_one_line() -> None:
    text = render(Overview(covered_results())).text
    (line,) = [line for line in text.splitlines() if line.startswith("**Contract:** ")]
    assert "Of 60 pairs of a member of a connection and how that came to be scenarios" in line
    assert "reached 59; 0 have a reason." in line
    assert "**Contract:**" not in render(Overview(results_of())).text


def test_html_has_it_on_the_page_of_the_contract(tmp_path: Path) -> None:
    html.write(Overview(covered_results()), tmp_path)
    page = (tmp_path / "contract.html").read_text("utf-8")
    head, _, tables = page.partition("<h2>How a connection came to be</h2>")
    assert "<h2><code>SSLObject</code>: 1 member</h2>" in head
    objects, sockets = tables.split("<h2><code>SSL")[1:3]
    assert origins.KEY_13 in objects
    assert (objects.count("<td>both</td>"), sockets.count("<td>both</td>")) == (15, 14)
    assert "<td>client</td>" in sockets and "<td>client</td>" not in objects
