import ast
import itertools
import random
import textwrap

from nanobot_indexer.needle.installed_text import installed_texts, renamed

CODE = textwrap.dedent(
    """
    import itertools

    class PacketWindow:
        LIMIT_TOTAL = 3

        def advance_cursor(self, retry_budget, host_name):
            for element in range(retry_budget):
                print(element, host_name, isinstance(element, str))
            return retry_budget + self.LIMIT_TOTAL
    """
).encode()


def test_renamed_code_is_other_code_of_the_same_shape() -> None:
    versions = [renamed(CODE, number) for number in range(1, 6)]

    assert len({*versions, CODE}) == 6
    for version in versions:
        assert len(list(ast.walk(ast.parse(version)))) == len(list(ast.walk(ast.parse(CODE))))
        assert version.count(b"isinstance") == 1
        assert version.count(b"print") == 1


def test_a_name_is_renamed_the_same_way_everywhere() -> None:
    before = [node.id for node in ast.walk(ast.parse(CODE)) if isinstance(node, ast.Name)]
    after = [
        node.id for node in ast.walk(ast.parse(renamed(CODE, 1))) if isinstance(node, ast.Name)
    ]

    assert len(set(zip(before, after, strict=True))) == len(set(before))


def test_installed_text_follows_the_generator() -> None:
    first = list(itertools.islice(installed_texts(random.Random(5)), 5))

    assert first == list(itertools.islice(installed_texts(random.Random(5)), 5))
    assert first != list(itertools.islice(installed_texts(random.Random(6)), 5))
