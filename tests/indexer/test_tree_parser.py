import pytest

from nanobot_indexer import Language
from nanobot_indexer.syntax.frames import FrameError
from nanobot_indexer.syntax.tree import checked_tree
from nanobot_indexer.syntax.tree_frames import NODE, TREE_HEAD
from nanobot_indexer.syntax.tree_parser import TreeParser


def test_a_tree_has_every_token_of_the_text() -> None:
    text = b"func add(a int) int { return a + 1 } // more\n"

    with TreeParser() as parser:
        tree = parser.tree(text, Language.GO)

    assert tree is not None
    leaves = [tree.text_of(node) for node in tree.nodes() if not node.children]
    assert b"".join(b"".join(leaves).split()) == b"".join(text.split())
    (name,) = [node for node in tree.nodes() if node.field == "name" and node.parent is not None
               and node.parent.type == "function_declaration"]  # fmt: skip
    assert (name.type, tree.text_of(name), tree.line(name.start_byte)) == ("identifier", b"add", 1)
    assert name.above("source_file") is tree.root
    assert tree.error_count == 0


def test_errors_are_counted() -> None:
    with TreeParser() as parser:
        broken = parser.tree(b"int f( { return 1; }", Language.C)
        whole = parser.tree(b"int f(void) { return 1; }", Language.C)

    assert broken is not None
    assert whole is not None
    assert broken.error_count > 0
    assert whole.error_count == 0


def test_a_text_without_a_grammar_has_no_tree() -> None:
    with TreeParser() as parser:
        assert parser.tree(b"# title\n", Language.MARKDOWN) is None
        assert parser.tree(b"title\n", Language.TEXT) is None
        assert parser.tree(b"let a = 1;" + b" " * (5 << 20), Language.JAVASCRIPT) is None


def test_deep_texts_have_a_tree_and_the_worker_lives_on() -> None:
    with TreeParser() as parser:
        deep = parser.tree(b"x = " + b"(" * 5000 + b"1" + b")" * 5000, Language.JAVASCRIPT)
        next_one = parser.tree(b"x = 1", Language.JAVASCRIPT)

    assert deep is not None
    assert sum(1 for _ in deep.nodes()) > 10_000
    assert next_one is not None


def test_what_can_not_be_a_tree_is_not_believed() -> None:
    text = b"a b"
    names = b"\0root\0leaf"

    def payload(*rows: tuple[int, int, int, int, int, int]) -> bytes:
        return b"".join(
            (TREE_HEAD.pack(len(rows), len(names)), names, *(NODE.pack(*r) for r in rows))
        )

    good = payload((1, 0, 1, 0, 0, 3), (2, 0, 1, 1, 0, 1), (2, 0, 1, 1, 2, 3))
    assert [one.type for one in checked_tree(good, text).nodes()] == ["root", "leaf", "leaf"]
    for bad in (
        b"",
        good[:-1],
        payload(),
        payload((1, 0, 1, 0, 0, 4)),  # longer than the text
        payload((1, 0, 1, 0, 0, 3), (2, 0, 1, 2, 0, 1)),  # a level is missing
        payload((1, 0, 1, 0, 0, 1), (2, 0, 1, 1, 0, 3)),  # leaves its parent
        payload((1, 0, 1, 0, 0, 3), (2, 0, 1, 0, 0, 3)),  # two roots
        payload((9, 0, 1, 0, 0, 3)),  # no such type
    ):
        with pytest.raises(FrameError):
            checked_tree(bad, text)
