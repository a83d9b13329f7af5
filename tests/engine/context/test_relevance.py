"""Lines are worth the words of the question that they have."""

from nanobot_engine.context import Evidence, FoundBy, Relevance


def piece(*lines: str) -> Evidence:
    return Evidence("a.py:1-9", "a.py", 1, lines, "", FoundBy.SEARCH)


def test_the_line_with_the_rare_word_is_worth_most() -> None:
    code = piece("def send(packet):", "    packet.check()", "    limit = BACKOFF_LIMIT", "")

    worths = Relevance("what is the backoff of a packet", [], [code]).worths(code)

    assert max(range(4), key=worths.__getitem__) == 2
    assert worths[3] == 0


def test_a_cue_makes_a_line_worth_more() -> None:
    code = piece("    raise Full()", "    fold()")

    worths = Relevance("which exception is raised", ["raise "], [code]).worths(code)

    assert worths[0] > worths[1]


def test_the_subject_of_a_question_is_covered_or_not() -> None:
    code = piece("def port_of(server):", "    return 80")
    relevance = Relevance("What is the default port of the Redis server?", [], [code])

    assert relevance.covered(code.text) < 0.6
    assert relevance.covered(f"{code.text} redis") == 1
    assert Relevance("What does the function return?", [], [code]).covered("x") == 1


def test_a_related_word_covers_the_word() -> None:
    code = piece("def connect(addr): ...")

    assert Relevance("the connection to an address", [], [code]).covered(code.text) > 0.6
