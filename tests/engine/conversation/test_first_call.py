"""What a question says plainly is read by rules; the rest is left to a model."""

import pytest

from nanobot_engine.conversation.first_call import first_call
from nanobot_engine.conversation.tool_call import (
    Definition,
    Grep,
    Outline,
    References,
    Search,
    Slice,
    ToolCall,
)


@pytest.mark.parametrize(
    ("question", "call"),
    [
        ("Show lines 10 to 20 of shop/cart.py", Slice(path="shop/cart.py", first=10, last=20)),
        ("shop/cart.py, line 7", Slice(path="shop/cart.py", first=7, last=7)),
        ("See shop/cart.py:3-9", Slice(path="shop/cart.py", first=3, last=9)),
        ("the first 5 lines of a.py", Slice(path="a.py", first=1, last=5)),
        ("a.py from line 2 to line 4", Slice(path="a.py", first=2, last=4)),
        ("What is in shop/cart.py?", Outline(path="shop/cart.py")),
        ('Where is "cart is full" written?', Grep(text="cart is full")),
        ("grep for 'X-Header'", Grep(text="X-Header")),
        ("Where is `a + b`?", Grep(text="a + b")),
        ("Are there FIXME comments?", Grep(text="FIXME")),
        ("Who calls add_item?", References(name="add_item")),
        ("Where is CartFullError raised?", References(name="CartFullError")),
        ("Is `pay` used?", References(name="pay")),
        ("Show me HTTPAdapter", Definition(name="HTTPAdapter")),
        ("What does Cart.add do?", Definition(name="Cart.add")),
        ("How is add_item used?", Definition(name="add_item")),
        ("Which code fills a cart?", Search(query="Which code fills a cart")),
        (
            "Where's what isn't full, and what's next?",
            Search(query="Where's what isn't full, and what's next"),
        ),
        ("How does a cart get full?", Search(query="How does a cart get full")),
    ],
)
def test_a_plain_question(question: str, call: ToolCall) -> None:
    assert first_call(question) == call


@pytest.mark.parametrize(
    "question",
    [
        "Who calls send?",
        "Where is the class Response defined?",
        "Which file is about carts?",
        "",
        "Where is _a" + "_a" * 40,
        "Show lines 0 to 2 of a.py",
        "Show lines 5 to 999999 of a.py",
    ],
)
def test_a_question_that_is_left_to_a_model(question: str) -> None:
    assert first_call(question) is None
