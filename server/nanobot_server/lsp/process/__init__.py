"""Processes that an editor starts, watches and undoes."""
