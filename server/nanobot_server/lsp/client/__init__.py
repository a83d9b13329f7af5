"""The editor at the other end: what it can do, and what is asked of it."""
