"""What the words of a sentence may name in a codebase."""
