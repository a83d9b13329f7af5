"""Ask: an answer about a workspace whose every claim has evidence that a program checked.

Suggested reading order: `question` (what is asked for, by rules), `retrieval` (what may
answer it), `lookup` (what the index answers alone), `briefing` (what a model is told),
`reply` (what of its reply counts), `asker` (rounds and votes), `answer`.

This part reads; it changes nothing. It does not know who asks.
"""

from nanobot_engine.ask.answer import Answer, Cost, Quote, Reason
from nanobot_engine.ask.asker import DEFAULT_ASK_OPTIONS, Asker, AskOptions, Panelist, Stage
from nanobot_engine.ask.errors import AskError, QuestionInvalidError
from nanobot_engine.ask.question import Question, QuestionKind, parsed_question
from nanobot_engine.ask.retrieval import Retrieved, retrieve

__all__ = [
    "DEFAULT_ASK_OPTIONS",
    "Answer",
    "AskError",
    "AskOptions",
    "Asker",
    "Cost",
    "Panelist",
    "Question",
    "QuestionInvalidError",
    "QuestionKind",
    "Quote",
    "Reason",
    "Retrieved",
    "Stage",
    "parsed_question",
    "retrieve",
]
