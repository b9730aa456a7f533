"""Is the README true on machines that have nothing? Fresh ones, made in a folder."""
