"""The suite is a plugin of pytest: see conformance/plugin/."""

pytest_plugins = ["conformance.plugin"]
