"""Remove what nothing needs."""
