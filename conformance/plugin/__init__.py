"""The suite as a plugin of pytest: what pytest calls, and only that.

options    command line, and what a run is: its plan, its results
outputs    where a run writes, checked before it begins
collect    which scenario runs on which target
run_one    one scenario on one target, from running to outcome
gate       the end of a run: results, report, exit status
schedule   how xdist spreads a run
junit      what pytest's JUnit file says of verdicts and of the gate
progress   how far a run has come, as a line
schema     --schema: what a TOML file may say
show       --show: transcripts next to each other
worker     what one process makes once and keeps
"""

from conformance.plugin.collect import (
    pytest_collection_finish,
    pytest_generate_tests,
    pytest_pycollect_makemodule,
    pytest_sessionstart,
    pytest_xdist_node_collection_finished,
)
from conformance.plugin.options import (
    pytest_addoption,
    pytest_collection,
    pytest_configure,
    pytest_configure_node,
    pytest_report_header,
)
from conformance.plugin.run_one import (
    pytest_report_teststatus,
    pytest_runtest_logreport,
    pytest_runtest_makereport,
    pytest_runtest_protocol,
)
from conformance.plugin.schedule import (
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)
from conformance.plugin.schema import pytest_cmdline_main
from conformance.plugin.worker import pytest_unconfigure

__all__ = [
    "pytest_addoption",
    "pytest_collection",
    "pytest_cmdline_main",
    "pytest_collection_finish",
    "pytest_configure",
    "pytest_configure_node",
    "pytest_generate_tests",
    "pytest_pycollect_makemodule",
    "pytest_report_header",
    "pytest_report_teststatus",
    "pytest_runtest_logreport",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_sessionstart",
    "pytest_unconfigure",
    "pytest_xdist_auto_num_workers",
    "pytest_xdist_make_scheduler",
    "pytest_xdist_node_collection_finished",
]
