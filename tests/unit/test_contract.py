"""The contract: what there is to cover is introspected, what is covered is what really happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import certs
from conformance.coverage import contract
from conformance.coverage.contract import Hole, Reason, Reasons, coverage_of
from conformance.coverage.states import EXCEPTIONS, STATES, Cell, Member, cells_of
from conformance.peers import CONNECTION_STATES, Peers, attempt, bring_into
from conformance.report.coverage import ContractSection
from impls.host.declarations import Implementation
from impls.host.session import RemoteAgent, Session
from tests.support.agents import implementation, interpreter

BIO = Member("MemoryBIO", "read", "call")
CELLS = [
    Cell("MemoryBIO", "read", "call", state, outcome)
    for state, outcome in zip(
        STATES["MemoryBIO"], ["value", "value", "value", "TypeError"], strict=True
    )
]


# What there is to cover


def members(*set_up: str) -> list[Member]:
    agent = RemoteAgent(implementation(python=interpreter("3"), set_up=("import ssl", *set_up)))
    try:
        return contract.members_of(agent)
    finally:
        agent.close()


def test_members_are_those_that_the_classes_have() -> None:
    found = members()
    assert {member.owner for member in found} == set(STATES)
    assert {member[1:] for member in found if member.owner == "MemoryBIO"} == {
        ("eof", "get"),
        ("eof", "set"),
        ("pending", "get"),
        ("pending", "set"),
        ("read", "call"),
        ("write", "call"),
        ("write_eof", "call"),
    }
    assert Member("exceptions", "SSLEOFError", "raise") in found
    assert Member("ssl", "OP_ALL", "get") in found


def test_what_a_module_has_imported_is_not_its_own() -> None:
    names = {member.name for member in members() if member.owner == "ssl"}
    assert names & {"os", "sys", "socket", "namedtuple", "create_connection", "_ssl"} == set()


@pytest.mark.parametrize(
    "line, member",
    [
        ("ssl.SSLObject.teleport = lambda self: None", Member("SSLObject", "teleport", "call")),
        ("ssl.SSLContext.colour = property()", Member("SSLContext", "colour", "set")),
        (
            "ssl.SSLLostError = type('SSLLostError', (ssl.SSLError,), {'__module__': 'ssl'})",
            Member("exceptions", "SSLLostError", "raise"),
        ),
        ("ssl.OP_MAGIC = 1", Member("ssl", "OP_MAGIC", "get")),
    ],
)
def test_new_member_is_uncovered(line: str, member: Member) -> None:
    assert member not in members()
    found = members(line)
    assert member in found
    problems = coverage_of(found, [], [], Reasons()).problems
    assert any(f"No scenario covers {member}: " in problem for problem in problems)


# Holes and reasons


def problems(*reasons: Reason, cells: list[Cell] = CELLS) -> list[str]:
    return coverage_of([BIO], cells, [], Reasons(reasons)).problems


def reason(*holes: Hole) -> Reason:
    return Reason(holes, "A test wants it so.")


def test_member_that_was_met_in_every_state_is_covered() -> None:
    assert problems() == []


def test_state_that_was_not_met_is_a_hole() -> None:
    assert problems(cells=CELLS[1:]) == [
        "No scenario covers MemoryBIO.read (call): empty. Write one, or a reason in contract.toml."
    ]


@pytest.mark.parametrize(
    "outcome, never", [("value", "never an exception"), ("TypeError", "never a value")]
)
def test_outcome_that_was_never_met_is_a_hole(outcome: str, never: str) -> None:
    cells = [cell._replace(outcome=outcome) for cell in CELLS]
    assert [never in problem for problem in problems(cells=cells)] == [True]


def test_hole_with_a_reason_is_none() -> None:
    assert problems(reason(Hole(BIO, "empty")), cells=CELLS[1:]) == []


def test_stale_reasons_are_problems() -> None:
    assert problems(reason(Hole(BIO, "empty"))) == [
        "contract.toml has a reason for MemoryBIO.read (call): empty, and a scenario covers it: "
        "delete it."
    ]
    gone = reason(Hole(BIO._replace(name="peek"), "empty"))
    assert problems(gone) == [
        "contract.toml has a reason for MemoryBIO.peek (call): empty, and there is no such member: "
        "delete it."
    ]


def test_cells_of_other_members_cover_nothing() -> None:
    cells = [cell._replace(way="get") for cell in CELLS]
    assert len(problems(cells=cells)) == len(CELLS)


def test_the_project_has_reasons() -> None:
    assert contract.load().of_states


@pytest.mark.parametrize(
    "text, said",
    [
        ("[[reason]", "is not valid TOML"),
        (
            '[[reason]]\nmember = "MemoryBIO.read"',
            r"\[\[reason\]\] number 1: the key .way. is ",
        ),
        ("way", "must be call, get, set, raise or construct, not the string 'push'"),
        ("hole", "MemoryBIO.read has no 'established'"),
        ("owner", "SSLSocket.read has no 'empty'"),
        ("reason", ".reason. must be a string with something in it"),
        ("[[reason]]\nmembr = 1", "unknown key .membr.; did you mean .member."),
        ("reasons = 1", "unknown key .reasons.; did you mean .reason."),
    ],
)
def test_reason_that_is_none_is_refused(tmp_path: Path, text: str, said: str) -> None:
    keys = {"member": "MemoryBIO.read", "way": "call", "hole": "empty", "reason": "So."}
    wrong = {
        "way": {"way": "push"},
        "hole": {"hole": "established"},
        "owner": {"member": "SSLSocket.read"},
        "reason": {"reason": " "},
    }
    if text in wrong:
        keys.update(wrong[text])
        text = "[[reason]]\n" + "\n".join(f'{key} = "{value}"' for key, value in keys.items())
    path = tmp_path / "contract.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(contract.ContractError, match=said):
        contract.load(path)


# States


@pytest.fixture(scope="module")
def agent(reference: Implementation) -> Iterator[RemoteAgent]:
    made = RemoteAgent(reference)
    yield made
    made.close()


def met(agent: RemoteAgent, scenario: Callable[..., Any]) -> set[Cell]:
    """The cells of a scenario that takes `ssl` and `native`."""
    session = Session(agent)
    scenario(session.module, session.native)
    session.end()
    return set(cells_of(session.events, agent.classes))


def states(cells: set[Cell], owner: str, name: str, way: str = "call") -> set[str]:
    return {cell.state for cell in cells if cell[:3] == (owner, name, way)}


def test_states_have_the_names_that_scenarios_use() -> None:
    assert STATES["SSLObject"] == CONNECTION_STATES


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("state", CONNECTION_STATES)
def test_state_of_a_connection_is_seen(
    agent: RemoteAgent, certificates: certs.Catalogue, state: str, side: str, version: str
) -> None:
    def scenario(ssl: Any, native: Any) -> None:
        peers = Peers(ssl, native, certificates)
        pair = peers.pair(version)
        bring_into(state, pair, getattr(pair, side))
        getattr(pair, side).tls.cipher()

    assert states(met(agent, scenario), "SSLObject", "cipher") == {state}


def fresh(ssl: Any, native: Any, certificates: certs.Catalogue) -> Any:
    return Peers(ssl, native, certificates).pair().client.tls


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("do_handshake", (True,)),
        ("read", (0,)),
        ("read", ("many",)),
        ("write", (None,)),
        ("unwrap", ()),
    ],
)
def test_what_is_refused_at_once_begins_no_handshake(
    agent: RemoteAgent, certificates: certs.Catalogue, name: str, arguments: tuple[object, ...]
) -> None:
    def scenario(ssl: Any, native: Any) -> None:
        client = fresh(ssl, native, certificates)
        try:
            getattr(client, name)(*arguments)
        except (TypeError, ssl.SSLError):
            pass
        client.version()

    assert states(met(agent, scenario), "SSLObject", "version") == {"fresh"}


def test_write_that_is_refused_leaves_the_connection(
    agent: RemoteAgent, certificates: certs.Catalogue
) -> None:
    def scenario(ssl: Any, native: Any) -> None:
        peers = Peers(ssl, native, certificates)
        pair = peers.pair("TLSv1.3")
        bring_into("close_notify sent", pair, pair.client)
        attempt(pair.client, pair.client.tls.write, b"late")
        pair.client.tls.version()

    assert states(met(agent, scenario), "SSLObject", "version") == {"close_notify sent"}


def test_ignored_end_of_file_is_no_close_notify(
    agent: RemoteAgent, certificates: certs.Catalogue
) -> None:
    def scenario(ssl: Any, native: Any) -> None:
        peers = Peers(ssl, native, certificates)
        context = peers.client_context()
        context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
        server = peers.server_context()
        pair = peers.connect(context, server)
        bring_into("after EOF", pair, pair.client)
        pair.client.tls.version()

    assert states(met(agent, scenario), "SSLObject", "version") == {"after EOF"}


def test_call_back_is_in_the_middle_of_a_handshake(
    agent: RemoteAgent, certificates: certs.Catalogue
) -> None:
    def scenario(ssl: Any, native: Any) -> None:
        peers = Peers(ssl, native, certificates)

        def called_back(connection: Any, name: Any, context: Any) -> None:
            connection.version()
            context.protocol  # noqa: B018 - the access is the operation

        client = peers.client_context()
        server = peers.server_context()
        server.sni_callback = called_back
        peers.connect(client, server).handshake()

    cells = met(agent, scenario)
    assert states(cells, "SSLObject", "version") == {"mid-handshake"}
    assert states(cells, "SSLContext", "protocol", "get") == {"used"}


def test_states_of_a_memory_bio_are_seen(agent: RemoteAgent) -> None:
    def scenario(ssl: Any, native: Any) -> None:
        for ended in (False, True):
            bio = ssl.MemoryBIO()
            bio.write(bytearray(b"abc"))
            if ended:
                bio.write_eof()
            for size in (2, 1, 1):
                bio.read(size)

    cells = met(agent, scenario)
    assert states(cells, "MemoryBIO", "read") == set(STATES["MemoryBIO"])
    assert states(cells, "MemoryBIO", "write") == {"empty"}
    assert states(cells, "MemoryBIO", "write_eof") == {"with data"}


def test_memory_bio_of_a_connection_has_no_state(
    agent: RemoteAgent, certificates: certs.Catalogue
) -> None:
    def scenario(ssl: Any, native: Any) -> None:
        peers = Peers(ssl, native, certificates)
        peers.pair().client.incoming.pending  # noqa: B018

    assert states(met(agent, scenario), "MemoryBIO", "pending", "get") == set()


def test_what_a_probe_has_worked_with_has_no_state(
    agent: RemoteAgent, certificates: certs.Catalogue
) -> None:
    def scenario(ssl: Any, native: Any) -> None:
        client = fresh(ssl, native, certificates)
        native.repr(client)
        client.version()
        native.copy(client)
        client.cipher()

    cells = met(agent, scenario)
    assert states(cells, "SSLObject", "version") == {"fresh"}
    assert states(cells, "SSLObject", "cipher") == set()


def test_context_is_used_once_it_has_wrapped(
    agent: RemoteAgent, certificates: certs.Catalogue
) -> None:
    def scenario(ssl: Any, native: Any) -> None:
        peers = Peers(ssl, native, certificates)
        context = peers.client_context()
        context.options  # noqa: B018 - the access is the operation
        with pytest.raises(TypeError):
            context.wrap_bio(None, None, server_hostname="localhost")
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
        context.verify_mode  # noqa: B018 - the access is the operation

    cells = met(agent, scenario)
    assert states(cells, "SSLContext", "options", "get") == {"unused"}
    assert states(cells, "SSLContext", "wrap_bio") == {"unused"}
    assert states(cells, "SSLContext", "verify_mode", "get") == {"used"}


def test_session_is_offered_once_it_was_given(
    agent: RemoteAgent, certificates: certs.Catalogue
) -> None:
    def scenario(ssl: Any, native: Any) -> None:
        peers = Peers(ssl, native, certificates)
        client = peers.client_context()
        server = peers.server_context()
        first = peers.connect(client, server)
        first.handshake()
        session = first.client.tls.session
        session.id  # noqa: B018 - the access is the operation
        peers.connect(client, server, session=session)
        session.time  # noqa: B018 - the access is the operation

    cells = met(agent, scenario)
    assert states(cells, "SSLSession", "id", "get") == {"kept"}
    assert states(cells, "SSLSession", "time", "get") == {"offered"}


def test_exceptions_are_raised_and_constructed(agent: RemoteAgent) -> None:
    def scenario(ssl: Any, native: Any) -> None:
        bio = ssl.MemoryBIO()
        bio.write_eof()
        with pytest.raises(ssl.SSLError):
            bio.write(b"late")
        native.construct(ssl.SSLEOFError, 8, "text")

    found = {cell for cell in met(agent, scenario) if cell.owner == EXCEPTIONS}
    assert found == {
        Cell("exceptions", "SSLError", "raise", "always", "MemoryBIO.write"),
        Cell("exceptions", "SSLEOFError", "construct", "always", "value"),
    }


# In the report


def test_report_shows_what_was_met_and_what_was_not() -> None:
    constant = Member("ssl", "OP_ALL", "get")
    cells = [*CELLS[1:], Cell("ssl", "OP_ALL", "get", "always", "value")]
    made = coverage_of([BIO, constant], cells, [], Reasons([reason(Hole(BIO, "empty"))]))
    section = ContractSection(made.to_plain())
    assert section.summary == (
        "2 ways to use a member make 5 cells, of which scenarios reached 4. With the outcomes that "
        "a member never had, that leaves 1 hole."
    )
    tables = {table.title: table for table in section.tables}
    assert tables["`MemoryBIO`: 1 member"].rows == (
        ("`read` call", "·", "value", "value", "TypeError"),
    )
    assert tables["`ssl`: 0 members, and 1 constant that scenarios read"].rows == ()
    assert section.reasons == [("MemoryBIO.read (call): empty", "A test wants it so.")]
