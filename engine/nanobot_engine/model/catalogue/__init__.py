"""Which models there are, for which class of machine."""
