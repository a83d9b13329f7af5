"""Functions become methods, methods functions; functions are grouped into a class."""
