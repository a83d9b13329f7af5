"""A sentence as commands that a small model writes, where no rule reads it.

    sentence ─names─> vocabulary ─grammar─> what can be written at all
                                               │ a model writes it, several times
                          plain sentences  <─ commands, by votes

A command has one of a few dozen forms, and its blanks take nothing but what the sentence
names. So the model only says which form, and which name stands where.
"""

from nanobot_engine.intent.command.model_writer import ModelWriter
from nanobot_engine.intent.command.request import CommandRequest, Writer

__all__ = ["CommandRequest", "ModelWriter", "Writer"]
