"""Facts about definitions."""

import codecs
import warnings

import pytest

from nanobot_engine.edit.errors import SourceEncodingError, SourceSyntaxError
from nanobot_engine.edit.python_syntax import PythonDefinition, parse_python


def check_definitions(code: str | bytes) -> dict[str, PythonDefinition]:
    data = code.encode() if isinstance(code, str) else code
    definitions = parse_python(data, path="a.py").definitions
    for definition in definitions:
        assert data[definition.start_byte : definition.end_byte] == definition.own_source
        assert data[definition.header_end_byte - 1 : definition.header_end_byte] == b":"
        assert definition.start_byte < definition.header_end_byte <= definition.body_start_byte
    return {definition.qualified_name: definition for definition in definitions}


def check_one(code: str | bytes) -> PythonDefinition:
    (definition,) = check_definitions(code).values()
    return definition


def test_names_and_kinds_at_every_depth() -> None:
    found = check_definitions(
        "class A:\n"
        "    class B:\n"
        "        async def c(self): pass\n"
        "    def d(self):\n"
        "        def e():\n"
        "            class F:\n"
        "                def g(self): pass\n"
        "if True:\n"
        "    def h(): pass\n"
    )

    assert {name: (d.kind, d.is_async, d.is_public) for name, d in found.items()} == {
        "A": ("class", False, True),
        "A.B": ("class", False, True),
        "A.B.c": ("method", True, True),
        "A.d": ("method", False, True),
        "A.d.<locals>.e": ("function", False, False),
        "A.d.<locals>.e.<locals>.F": ("class", False, False),
        "A.d.<locals>.e.<locals>.F.g": ("method", False, False),
        "h": ("function", False, True),
    }
    assert list(found)[:2] == ["A", "A.B"]


@pytest.mark.parametrize(
    ("code", "public"),
    [
        ("def f(): pass", {"f"}),
        ("def _f(): pass", set()),
        ("def __getattr__(name): pass", set()),
        (
            "class A:\n def __init__(self): pass\n def _b(self): pass\n def c(self): pass",
            {"A", "A.c"},
        ),
        ("class _A:\n def b(self): pass", set()),
        ("class A:\n @property\n def b(self): pass\n @b.setter\n def b(self, v): pass", {"A"}),
        ("__all__ = ['f']\ndef f(): pass\ndef g(): pass", {"f"}),
        ("__all__ = ['A']\nclass A:\n def b(self): pass\n def _c(self): pass", {"A", "A.b"}),
        ("__all__ = ['_f']\ndef _f(): pass\ndef g(): pass", {"_f"}),
        ("__all__ = ['f'] + names\ndef f(): pass\ndef g(): pass", {"f", "g"}),
        ("try:\n def f(): pass\nexcept E:\n def g(): pass", {"f", "g"}),
    ],
)
def test_public_by_the_rule_of_pydocstyle(code: str, public: set[str]) -> None:
    found = check_definitions(code + "\n")

    # A property and its setter share a name; the setter comes last.
    assert {name for name, definition in found.items() if definition.is_public} == public


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f():\n    'text'\n", True),
        ("def f():\n    # comment\n    'a' 'b'\n    return\n", True),
        ("def f(): 'text'\n", True),
        ("def f():\n    f'{x}'\n", False),
        ("def f():\n    b'text'\n", False),
        ("def f():\n    x = 'text'\n", False),
        ("class A: ''\n", True),
    ],
)
def test_docstrings_are_found(code: str, *, expected: bool) -> None:
    assert check_one(code).has_docstring is expected


def test_signature_and_body_facts() -> None:
    definition = check_one(
        "@functools.cache\n"
        "@app.route('/x')\n"
        "@table[0]\n"
        "def f(a, /, b: int = 1, *rest, c=lambda: (yield), **options):\n"
        "    try:\n"
        "        raise ValueError('x')\n"
        "    except KeyError as error:\n"
        "        raise error\n"
        "    if a: raise module.CustomError\n"
        "    if b: raise ValueError\n"
        "    raise\n"
    )

    assert definition.decorators == ("functools.cache", "app.route")
    assert definition.parameters == ("a", "b", "rest", "c", "options")
    assert definition.raises == ("ValueError", "module.CustomError")
    assert definition.line == 4
    assert not definition.returns_value
    assert not definition.is_generator


@pytest.mark.parametrize(
    ("body", "returns_value", "is_generator"),
    [
        ("return 1", True, False),
        ("return", False, False),
        ("yield 1", False, True),
        ("yield from x", False, True),
        ("x = yield", False, True),
        ("def g(): return 1", False, False),
        ("x = lambda: (yield)", False, False),
        ("class A:\n        def g(self): yield 1", False, False),
        ("for x in y:\n        with z: return x", True, False),
    ],
)
def test_own_returns_and_yields(body: str, *, returns_value: bool, is_generator: bool) -> None:
    definition = check_definitions(f"def f():\n    {body}\n")["f"]

    assert (definition.returns_value, definition.is_generator) == (returns_value, is_generator)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(): ...", True),
        ("def f(): pass", True),
        ("def f():\n 'text'\n ...", True),
        ("def f(): raise NotImplementedError", True),
        ("def f(): raise NotImplementedError('x')", True),
        ("class E(Exception): pass", True),
        ("def f(): raise ValueError", False),
        ("def f(): return", False),
        ("def f():\n ...\n return 1", False),
    ],
)
def test_stubs(code: str, *, expected: bool) -> None:
    assert check_one(code + "\n").is_stub is expected


def test_overloads_and_setters() -> None:
    code = "@typing.overload\ndef f(): ...\n@overload\ndef g(): ...\n@x.deleter\ndef h(): ...\n"

    found = check_definitions(code)

    assert [definition.is_overload for definition in found.values()] == [True, True, False]
    assert found["h"].is_property_setter_or_deleter


@pytest.mark.parametrize(
    ("code", "header"),
    [
        ("def f(): pass", "def f():"),
        ("def f(a={1: 2}, b=lambda x: x, c=x[1:2]) -> d[1:2]: pass", None),
        ("def f(  # a: comment\n    a,  # b: another\n) -> (  # c:\n    int\n): pass", None),
        ("class A: pass", "class A:"),
        ("class A(B[1:2], metaclass=C({1: 2})) : pass", None),
        ("class A(\n    # nothing: here\n): pass", None),
        ("def \\\n  f \\\n  ( \\\n  ) \\\n  : pass", None),
        ("def f(a: (1, 2)=(3), *, b=(4)): pass", None),
        ("def f(*a: b, **c: d): pass", None),
        ("async  def f(): pass", "async  def f():"),
    ],
)
def test_the_colon_of_the_header_is_found(code: str, header: str | None) -> None:
    definition = check_one(code + "\n")

    assert definition.body_on_header_line
    expected = code.removesuffix(" pass") if header is None else header
    assert code[: definition.header_end_byte] == expected


@pytest.mark.parametrize(
    ("code", "on_header_line", "body_indent"),
    [
        ("def f(): pass\n", True, b""),
        ("def f(): \\\n    pass\n", True, b""),
        ("def f():  # comment\n    pass\n", False, b"    "),
        ("def f():\n\n  # comment: \\\n\n\tpass\n", False, b"\t"),
        ("def f(): \\\n\n  pass\n", False, b"  "),
        ("def f():\n   \\\n pass\n", False, b"   "),
        ("def f():\n\\\n  \\\n pass\n", False, b"  "),
        ("def f():\n\x0c    pass\n", False, b"    "),
        ("def f():\n  \x0c    pass\n", False, b"    "),
        ("def f():\r\n\tpass\r\n", False, b"\t"),
        ("def f():\r pass\r", False, b" "),
    ],
)
def test_where_the_body_begins(code: str, *, on_header_line: bool, body_indent: bytes) -> None:
    definition = check_one(code)

    assert (definition.body_on_header_line, definition.body_indent) == (on_header_line, body_indent)


@pytest.mark.parametrize(
    "decorator",
    ["@a", "@ a", "@(  # an @ in a comment\n    a\n)", "@(a)", "@a @ b", "\x0c@a", "@a  # @\n@b"],
)
def test_a_definition_starts_at_its_first_decorator(decorator: str) -> None:
    code = f"x = '@'\n{decorator}\ndef f(): pass\n"

    definition = check_one(code)

    assert definition.start_byte == code.index("@", 8)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "shift_jis", "gbk", "cp1251", "euc-jp"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_offsets_are_bytes_of_the_file_in_any_encoding(encoding: str, newline: str) -> None:
    letter = {"latin-1": "ü", "cp1251": "ж"}.get(encoding, "表")
    code = newline.join(
        [
            f"# coding: {encoding}",
            f"x = '{letter}' # {letter}",
            f"@deco('{letter}')",
            f"def {letter}(a='{letter}:') -> '{letter}': return '{letter}'  # {letter}",
            "",
        ]
    )
    data = code.encode(encoding)

    definition = check_one(data)

    assert definition.qualified_name == letter
    assert definition.own_source == code[code.index("@") : code.rindex("  #")].encode(encoding)
    assert data[definition.header_end_byte :].startswith(b" return")


def test_a_bom_is_counted() -> None:
    data = codecs.BOM_UTF8 + b"def f(): pass\n"

    definition = check_one(data)

    assert (definition.start_byte, definition.header_end_byte) == (3, 11)


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("x = 1\nprint 'x'\n", 2),
        ("x = '\0'\n", 1),
        ("(" * 10_000, 1),
        ("x = " + "-" * 100_000 + "1\n", 1),
        ("def f():\npass\n", 2),
    ],
)
def test_what_python_does_not_parse_is_one_error(code: str, line: int) -> None:
    with pytest.raises(SourceSyntaxError) as caught:
        parse_python(code.encode(), path="a.py")

    assert str(caught.value).startswith(f"a.py:{line}: ")


def test_undecodable_bytes_are_refused() -> None:
    with pytest.raises(SourceEncodingError):
        parse_python(b"x = '\xff'\n")


def test_warnings_of_the_parsed_code_stay_inside() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        parse_python(b"x = '\\d'\nassert (1, 'x')\n1 is 1\n")


def test_a_long_chain_is_walked_without_recursion() -> None:
    depth = 90  # Python's own limit is 100 levels of indentation.
    code = (
        "".join(f"{' ' * level}def f{level}():\n" for level in range(depth))
        + " " * depth
        + "pass\n"
    )

    found = check_definitions(code)

    assert len(found) == depth
