"""Conversations in which a model looks things up: one micro-tool at a time.

Suggested reading order: `tool_call` (what a model can say), `first_call` (where a program
knows better), `toolbox` (what a call finds), `loop_guard` (when it is going in circles),
`transcript` (what the model is told again), `conversation` (the loop).

A reply is constrained to its form, so a model can not say what is not a call. What it
reads is chosen and counted by the program.
"""

from nanobot_engine.conversation.conversation import (
    DEFAULT_CONVERSATION_OPTIONS,
    Conversation,
    ConversationOptions,
    Exchange,
    Step,
)
from nanobot_engine.conversation.first_call import first_call
from nanobot_engine.conversation.loop_guard import LoopGuard
from nanobot_engine.conversation.tool_call import Answer, ToolCall
from nanobot_engine.conversation.toolbox import Finding, Toolbox

__all__ = [
    "DEFAULT_CONVERSATION_OPTIONS",
    "Answer",
    "Conversation",
    "ConversationOptions",
    "Exchange",
    "Finding",
    "LoopGuard",
    "Step",
    "ToolCall",
    "Toolbox",
    "first_call",
]
