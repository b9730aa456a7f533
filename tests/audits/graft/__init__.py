"""Is the graft safe to switch on? 2.7's own tests and real consumers, without it and with it."""
