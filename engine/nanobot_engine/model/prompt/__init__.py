"""From messages to what a model reads."""
