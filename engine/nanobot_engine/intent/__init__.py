"""Turn a plain sentence into a plan: refactorings with arguments, evidence and questions.

Suggested reading order: `plan` (the values), `words` (from text to roles), `names` (what they
may name), `readers` (one per kind of refactoring), `planner` (which reading counts). Then what
is asked where no reader reads a sentence: `evidence` and `named` (programs), `command` (a model).

Programs decide whatever rules and the code itself can tell. Where no rule reads a sentence
a model writes it as commands (`command`), and programs check them; where a name is ambiguous
it gets a single question with lettered options. Nothing here changes a file.
"""

from nanobot_engine.intent.choice import Chooser
from nanobot_engine.intent.command import CommandRequest, ModelWriter, Writer
from nanobot_engine.intent.errors import IntentError, NotUnderstoodError
from nanobot_engine.intent.model_choice import ModelChooser
from nanobot_engine.intent.plan import Argument, Candidate, Part, Plan, Question, Sureness
from nanobot_engine.intent.planner import Planner
from nanobot_engine.intent.recipe_goal import recipe_goal
from nanobot_engine.intent.recipe_names import may_name_more

__all__ = [
    "Argument",
    "Candidate",
    "Chooser",
    "CommandRequest",
    "IntentError",
    "ModelChooser",
    "ModelWriter",
    "NotUnderstoodError",
    "Part",
    "Plan",
    "Planner",
    "Question",
    "Sureness",
    "Writer",
    "may_name_more",
    "recipe_goal",
]
