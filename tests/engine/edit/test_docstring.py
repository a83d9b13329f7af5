"""Insertions: exact on examples, on generated files, and on the standard library."""

import random
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanobot_engine.edit.docstring import (
    docstring_length_max,
    insert_docstring,
    inserted_text,
)
from nanobot_engine.edit.errors import DocstringError, SourceEncodingError, SourceError
from nanobot_engine.edit.gates import (
    BytesKeptGate,
    OnlyDocstringsChangedGate,
    ParsesGate,
    Verdict,
    run_gates,
)
from nanobot_engine.edit.plan import TextEdit, apply_edits, sorted_edits
from nanobot_engine.edit.python_syntax import parse_python, parse_source
from nanobot_engine.edit.source import SourceFile, source_from_bytes

STDLIB = Path(sysconfig.get_paths()["stdlib"])


def check_insert(code: str | bytes, text: str = "Do it.") -> str:
    """Insert into the last definition; the gates must agree with the result."""
    data = code.encode() if isinstance(code, str) else code
    source = source_from_bytes("a.py", data)
    definition = parse_source(source).definitions[-1]
    edit = insert_docstring(source, definition, text, line_length_max=100)
    after = apply_edits(data, [edit])
    assert judged(source, after, [edit], {edit.step_key: text}).ok
    assert inserted_text(edit, source) == text
    return after.decode(source.encoding)


def judged(
    source: SourceFile, after: bytes, edits: list[TextEdit], texts: dict[str, str]
) -> Verdict:
    gates = (ParsesGate(), OnlyDocstringsChangedGate(texts), BytesKeptGate())
    return run_gates(gates, source, after, edits)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f():\n    pass\n", 'def f():\n    """Do it."""\n    pass\n'),
        (
            "def f():\n\n    # why\n    pass\n",
            'def f():\n    """Do it."""\n\n    # why\n    pass\n',
        ),
        ("def f():  # why\n  pass", 'def f():  # why\n  """Do it."""\n  pass'),
        ("def f(): pass\n", 'def f(): """Do it."""; pass\n'),
        ("def f(): x = 1; return x\n", 'def f(): """Do it."""; x = 1; return x\n'),
        ("def f(): \\\n  pass\n", 'def f(): """Do it."""; \\\n  pass\n'),
        ("def f():pass # why\n", 'def f(): """Do it.""";pass # why\n'),
        ("def f():\r\n\tpass\r\n", 'def f():\r\n\t"""Do it."""\r\n\tpass\r\n'),
        ("def f():\r pass", 'def f():\r """Do it."""\r pass'),
        ("class A:\n    x = 1\n", 'class A:\n    """Do it."""\n    x = 1\n'),
        ("class A(B): x = 1\n", 'class A(B): """Do it."""; x = 1\n'),
        (
            "class A:\n    @b\n    async def c(\n        self,\n    ): ...\n",
            'class A:\n    @b\n    async def c(\n        self,\n    ): """Do it."""; ...\n',
        ),
        (
            "def f():\n    @deco\n    def g():\n        pass\n",
            'def f():\n    @deco\n    def g():\n        """Do it."""\n        pass\n',
        ),
        ("def f(): \\\n\n  pass\n", 'def f(): \\\n\n  """Do it."""\n  pass\n'),
        ("def f():\n   \\\n pass\n", 'def f():\n   """Do it."""\n   \\\n pass\n'),
        ("def f():\n\t\\\n pass\n", 'def f():\n        """Do it."""\n\t\\\n pass\n'),
        ("\ufeffdef f():\n\x0c    pass\n", '\ufeffdef f():\n    """Do it."""\n\x0c    pass\n'),
    ],
)
def test_insertion(code: str, expected: str) -> None:
    assert check_insert(code) == expected


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("Do it.", '"""Do it."""'),
        ('Say "x" now.', '"""Say "x" now."""'),
        ('Say "x"', '"""Say "x\\""""'),
        ('"', '"""\\""""'),
        ('a"""b', '"""a\\"""b"""'),
        ('a""""', '"""a\\"\\""\\""""'),
        ("Match \\d.", 'r"""Match \\d."""'),
        ("End with \\", '"""End with \\\\"""'),
        ('a\\"', '"""a\\\\\\""""'),
        ("naïve", '"""naïve"""'),
    ],
)
def test_the_literal_evaluates_to_the_text(text: str, literal: str) -> None:
    assert check_insert("def f():\n pass\n", text) == f"def f():\n {literal}\n pass\n"


@given(
    st.text(alphabet="a\"\\'{}% .", min_size=1, max_size=30).filter(
        lambda text: text == text.strip()
    )
)
def test_any_mix_of_quotes_and_backslashes_is_escaped(text: str) -> None:
    check_insert("def f(): pass\n", text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" Do it.", "white space around"),
        ("Do\nit.", "more than one line"),
        ("Do\x0bit.", "more than one line"),
        ("Do\tit.", "tab"),
        ("Do \u202eit.", "U\\+202E RIGHT-TO-LEFT OVERRIDE"),
        ("Do \u200bit.", "U\\+200B"),
        ("x" * 91, "needs 101 of 100 columns"),
        ("表" * 46, "needs 102 of 100 columns"),
    ],
)
def test_a_text_that_can_not_stand_there_is_refused(text: str, reason: str) -> None:
    with pytest.raises(DocstringError, match=rf"^f: .*{reason}"):
        check_insert("def f():\n    pass\n", text)


def test_a_carriage_return_is_not_joined_with_the_next_line() -> None:
    with pytest.raises(DocstringError, match="stands between line ends of two kinds"):
        check_insert("x = 1\r\ry = 1\rdef f():\n\n    pass\n")


def test_the_longest_text_fits() -> None:
    (definition,) = parse_python(b"def f():\n    pass\n").definitions
    room = docstring_length_max(definition, line_length_max=100)

    after = check_insert("def f():\n    pass\n", "x" * room)

    assert len(after.splitlines()[1]) == 100


def test_a_second_docstring_is_refused() -> None:
    with pytest.raises(DocstringError, match="has a docstring already"):
        check_insert("def f():\n    'text'\n")


@pytest.mark.parametrize("character", ["\u2019", "表"])
def test_a_character_outside_the_encoding_is_refused(character: str) -> None:
    with pytest.raises(SourceEncodingError, match="iso8859-1 can not hold"):
        check_insert("# coding: latin-1\ndef f():\n    pass\n", f"It{character}s.")


def test_text_is_written_in_the_encoding_of_the_file() -> None:
    code = "# coding: shift_jis\ndef f():\n    '表'.x()\n"

    after = check_insert(code.encode("shift_jis"), "表を返す。")

    assert after == '# coding: shift_jis\ndef f():\n    """表を返す。"""\n    \'表\'.x()\n'


@dataclass(frozen=True)
class Dress:
    """How a generated file looks."""

    encoding: str
    newlines: tuple[str, ...]
    indent: str
    has_bom: bool
    ends_line: bool


DRESSES = st.builds(
    Dress,
    encoding=st.sampled_from(["utf-8", "latin-1", "shift_jis", "gb18030", "koi8-r", "cp1252"]),
    newlines=st.sampled_from([("\n",), ("\r\n",), ("\r",), ("\n", "\r\n"), ("\r\n", "\r")]),
    indent=st.sampled_from(["    ", "  ", "\t", " ", "   "]),
    has_bom=st.booleans(),
    ends_line=st.booleans(),
)
LETTERS = {
    "utf-8": "表ü𝐱é",
    "latin-1": "üé",
    "shift_jis": "表ソ能",
    "gb18030": "表ü中",
    "koi8-r": "жя",
    "cp1252": "üŸ",
}
HEADERS = [
    "def {n}():",
    "async def {n}(a, b={{1: 2}}, *c, d=lambda x: x[1:2], **e) -> 'x:y':",
    "def {n}(  # one: two\n{i}{i}a,  # {n}: '''\n\n{i}{i}b: int = (3),\n) -> (\n  int  # x:\n):",
    "def {n}(self, *, key: 'd: e' = \"f'''g:\"):",
    "def \\\n{i}{n}(a) \\\n  :",
    "class {n}:",
    "class {n}(Base, metaclass=Meta(x={{1: 2}}[1:])):",
    "class {n} \\\n  (  # :\n  ) :",
]
DECORATORS = ["@a.b", "@a('{n}:@', {{1: 2}})", "@ (  # @ x\n  a\n)", "@a[1:2]  # {n}"]
STATEMENTS = [
    "pass",
    "return",
    "x = '''a\n\"b:\n'''",
    "...",
    "f'{{x}}'",
    "x: int = 1; y = 2",
    "b'x'",
    "\\\n  pass",
]
ONE_LINERS = [
    "pass",
    "...",
    "return '{n}'; pass  # {n}",
    "x = 1; y = [\n1,\n2]",
    "\\\n  pass",
    "pass;",
]
FILLERS = ["", "# {n}: comment", "{i}", "\x0c"]


@st.composite
def definition_lines(draw: st.DrawFn, dress: Dress, depth: int) -> list[str]:
    """Draw one definition, its lines without the indentation of what surrounds it."""
    name = draw(st.text(alphabet=LETTERS[dress.encoding] + "abc_", min_size=1, max_size=5))
    name = name if name.isidentifier() else f"a{draw(st.integers(0, 9))}"

    def dressed(template: str) -> str:
        return template.format(n=name, i=dress.indent)

    header = dressed(draw(st.sampled_from(HEADERS)))
    lines = [dressed(d) for d in draw(st.lists(st.sampled_from(DECORATORS), max_size=2))]
    is_class = header.startswith("class")
    if draw(st.integers(0, 3)) == 0:
        statement = draw(st.sampled_from(ONE_LINERS))
        if is_class and "return" in statement:
            statement = "pass"
        return [*lines, f"{header} {dressed(statement)}"]
    lines.append(header + draw(st.sampled_from(["", "  # end", " \t", "\x0c"])))
    body = [dressed(f) for f in draw(st.lists(st.sampled_from(FILLERS), max_size=2))]
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.booleans()):
            body += draw(definition_lines(dress, depth - 1))
        else:
            # Next to other lines a tab before a backslash is a TabError.
            count = len(STATEMENTS) - (dress.indent == "\t")
            statement = draw(st.sampled_from(STATEMENTS[:count]))
            body.append("pass" if is_class and statement == "return" else dressed(statement))
        body += [dressed(f) for f in draw(st.lists(st.sampled_from(FILLERS), max_size=1))]
    return lines + [_indented(line, dress.indent) for line in body]


def _indented(line: str, indent: str) -> str:
    # Lines inside one entry are continuations (brackets, strings): they stay.
    return indent + line if line.strip() else line


@st.composite
def python_files(draw: st.DrawFn) -> bytes:
    """Draw the bytes of a file that Python parses."""
    dress = draw(DRESSES)
    # A BOM is only allowed in UTF-8.
    has_bom = dress.has_bom and dress.encoding == "utf-8"
    lines = [f"# coding: {dress.encoding}"] if not has_bom else []
    for _ in range(draw(st.integers(1, 3))):
        lines += [draw(st.sampled_from(["", "\x0c", "# comment", "x = 1"]))]
        lines += draw(definition_lines(dress, 2))
    physical = "\n".join(lines).split("\n")
    newlines = draw(
        st.lists(st.sampled_from(dress.newlines), min_size=len(physical), max_size=len(physical))
    )
    text = "".join(line + newline for line, newline in zip(physical, newlines, strict=True))
    if not dress.ends_line:
        text = text.rstrip("\r\n")
    return text.encode("utf-8-sig" if has_bom else dress.encoding)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=python_files(), seed=st.integers(0, 2**16))
def test_every_definition_of_a_generated_file_takes_a_docstring(data: bytes, seed: int) -> None:
    check_whole_file(source_from_bytes("a.py", data), seed=seed)


def check_whole_file(source: SourceFile, *, seed: int) -> int:
    """Insert into every definition, one alone and all together; return how many."""
    rng = random.Random(seed)
    edits, texts = [], {}
    for index, definition in enumerate(parse_source(source).definitions):
        if definition.has_docstring:
            continue
        ending = rng.choice(["", " twice", " \\d", ' "'])
        text = f"Do {definition.qualified_name}{ending}"
        edit = insert_docstring(source, definition, text, line_length_max=1000, step_key=str(index))
        edits.append(edit)
        texts[edit.step_key] = text
    if not edits:
        return 0
    alone = rng.choice(edits)
    for chosen in ([alone], list(sorted_edits(edits))):
        after = apply_edits(source.data, chosen)
        verdict = judged(source, after, chosen, texts)
        assert verdict.ok, (source.path, verdict.reason)
    assert all(definition.has_docstring for definition in parse_python(after).definitions)
    return len(edits)


def test_every_definition_of_a_sample_of_the_standard_library_takes_a_docstring() -> None:
    paths = sorted(path for path in STDLIB.rglob("*.py") if "site-packages" not in path.parts)
    small = [path for path in paths if path.stat().st_size < 25_000]
    count = 0
    for path in random.Random(20_261_123).sample(small, 150):
        try:
            source = source_from_bytes(path.name, path.read_bytes())
            parse_source(source)
        except SourceError:
            continue  # The library ships files that are wrong on purpose.
        count += check_whole_file(source, seed=1)

    assert count > 1000
