"""What the model is told, and the form of its reply.

The form is the smallest that can be checked: one line copied from what was shown, and
a few words. Nothing needs an escape, so code can be copied as it is. Which excerpt the
line is from a program finds out: small models copy well and number badly.
"""

from collections.abc import Sequence
from typing import Final

from nanobot_engine.context import Shown
from nanobot_engine.context.gate import joined

ANSWER_TOKENS_MAX: Final = 112
NONE: Final = "none"

SYSTEM: Final = """\
You answer a question about a workspace from excerpts of its files.
Copy the one line that proves the answer, then answer in a few words.
If no line proves an answer, write: line: none"""

_CART: Final = """\
[1] shop/cart.py (Cart.add)
def add(self, item, count=1):
    ...
    if count > self.limit:
        raise CartFullError(item)

[2] shop/settings.py
CART_LIMIT = 40
...

"""

EXAMPLES: Final = (
    (
        _CART + "Question: Which exception is raised when a cart takes no more items?",
        "line: raise CartFullError(item)\nanswer: CartFullError",
    ),
    (_CART + "Question: How is a refund paid out?", "line: none"),
    (
        _CART + "Question: How many items fit into a cart?",
        "line: CART_LIMIT = 40\nanswer: 40",
    ),
    # Without it, what the question quotes is given back as the answer.
    (
        _CART + "Question: Which setting is 40?",
        "line: CART_LIMIT = 40\nanswer: CART_LIMIT",
    ),
)

# A copied line, and an answer of a few words; both on one line.
GRAMMAR: Final = f"""\
root ::= "line: " ("{NONE}" | found)
found ::= [^\\n]{{2,200}} "\\nanswer: " [^\\n]{{1,160}}
"""


def asked(shown: Sequence[Shown], question: str) -> str:
    """Return the question with its evidence."""
    return f"{joined(shown)}\n\nQuestion: {question}"
