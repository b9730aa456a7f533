"""The host: finds interpreters, builds implementations, starts their agents and talks to them."""
