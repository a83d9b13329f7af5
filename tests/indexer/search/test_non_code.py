import io
import json
import token
import tokenize
from itertools import pairwise
from pathlib import Path

import pytest

from nanobot_indexer.search.non_code import Region, RegionMap, has_scanner, non_code_spans
from nanobot_indexer.syntax.language import Language

LIBRARY = Path(json.__file__).parent.parent
# Long ones, ones with odd strings, and ones in which quotes are what it is about.
SAMPLES = [
    "ast.py", "argparse.py", "asyncio/base_events.py", "email/_header_value_parser.py", "enum.py",
    "inspect.py", "json/decoder.py", "pydoc.py", "re/_parser.py", "shlex.py", "string.py",
    "tarfile.py", "textwrap.py", "token.py", "tokenize.py", "traceback.py", "turtle.py",
    "typing.py", "xml/dom/minidom.py", "zipfile.py",
]  # fmt: skip


def regions(text: str, language: Language) -> list[str]:
    """Return each comment and string with its kind."""
    content = text.encode()
    return [
        f"{span.region.value} {content[span.start : span.end].decode()}"
        for span in non_code_spans(content, language)
    ]


def region_of(text: str, word: str, language: Language) -> Region:
    content = text.encode()
    return RegionMap(content, language).region_at(content.index(word.encode()))


def tokenized(text: bytes) -> list[tuple[int, int, str]]:
    """Return where the comments and strings of a Python file are, by the standard library."""
    starts = [0]
    for line in io.BytesIO(text):
        starts.append(starts[-1] + len(line))
    lines = text.splitlines(keepends=True)
    found: list[tuple[int, int, str]] = []
    depth = 0

    def offset(place: tuple[int, int]) -> int:
        row, column = place
        before = lines[row - 1].decode()[:column] if row <= len(lines) else ""
        return starts[row - 1] + len(before.encode())

    start = 0
    for one in tokenize.tokenize(io.BytesIO(text).readline):
        name = token.tok_name[one.type]
        if name == "FSTRING_START":  # Newer tokenizers look into them.
            start = start if depth else offset(one.start)
            depth += 1
        elif name == "FSTRING_END":
            depth -= 1
            if not depth:
                found.append((start, offset(one.end), "string"))
        elif not depth and name in {"STRING", "COMMENT"}:
            found.append((offset(one.start), offset(one.end), name.lower()))
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_python_is_scanned_like_its_own_tokenizer_does(name: str) -> None:
    path = LIBRARY / name
    if not path.exists():
        path = path.with_suffix("") / "__init__.py"  # Modules become packages.
    text = path.read_bytes()

    found = list(non_code_spans(text, Language.PYTHON))

    for start, end, kind in tokenized(text):
        pieces = [found.pop(0)]
        while pieces[-1].end < end:  # Of a string with code in it.
            pieces.append(found.pop(0))
        # The letters before the quote belong to the string only where they matter.
        assert pieces[0].start - 2 <= start <= pieces[0].start
        assert pieces[-1].end == end
        assert {one.region.value for one in pieces} == {kind}
        assert len(pieces) == 1 or b"{" in text[start:end]
    assert not found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = 'it\\'s' # it's", ["string 'it\\'s'", "comment # it's"]),
        ('"""a "quoted" \\""" b""" c', ['string """a "quoted" \\""" b"""']),
        ("r'\\' + b'#'", ["string '\\' + b'", "comment #'"]),
        ("x = 'open\ny = 'b'", ["string 'open", "string 'b'"]),
        ("'a\\\nb' c", ["string 'a\\\nb'"]),
        ("''''a'''", ["string ''''a'''"]),
        ("'' # ''", ["string ''", "comment # ''"]),
        ('"""open', ['string """open']),
    ],
)
def test_python(text: str, found: list[str]) -> None:
    assert regions(text, Language.PYTHON) == found


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        (Language.C, 'a // b "c"\n"d//" /* e */ \'"\' f', [
            'comment // b "c"', 'string "d//"', "comment /* e */", "string '\"'"]),
        (Language.C, "// a\\\nb\nc /* open", ["comment // a\\\nb", "comment /* open"]),
        (Language.C, "/* a * / **/ b /**/ c", ["comment /* a * / **/", "comment /**/"]),
        (Language.CPP, 'R"x(a ")" )x" b 1\'000 c \'d\'', ['string R"x(a ")" )x"', "string 'd'"]),
        (Language.JAVA, 'a = """x "y" z"""; // b', ['string """x "y" z"""', "comment // b"]),
        (Language.GO, "a := `b \\` // \"`\"", ["string `b \\`", 'comment // "`"']),
        (Language.RUST, "fn f<'a>(x: &'a str) { 'b' } // c", ["string 'b'", "comment // c"]),
        (Language.RUST, 'r#"a " b"# /* c /* d */ e */ "f\ng"', [
            'string r#"a " b"#', "comment /* c /* d */ e */", 'string "f\ng"']),
        (Language.JAVASCRIPT, "a = /['\"]/g; b = c / d; // e", [
            "string /['\"]/g", "comment // e"]),
        (Language.JAVASCRIPT, "return /[/]'/.test(x) ? a / 2 : 'b'", [
            "string /[/]'/", "string 'b'"]),
        (Language.TYPESCRIPT, "`a\n${b} '` + 'c'", [
            "string `a\n${", "string } '`", "string 'c'"]),
        (Language.TSX, "<p><b>{c}</b><i>{d}</i></p>; 'e'", ["string 'e'"]),
        (Language.JAVASCRIPT, "<A b={c} /><B d='e'/> // f", ["string 'e'", "comment // f"]),
        (Language.JAVASCRIPT, "a.replace(/>/g, b => /'/.test(b))", ["string />/g", "string /'/"]),
        (Language.CSHARP, 'a @"b\\" + $"c" + @"d""e" // f', [
            'string @"b\\"', 'string $"c"', 'string @"d""e"', "comment // f"]),
        (Language.PHP, "#[A]\n# b\n$c = 'd\ne'; // f", [
            "comment # b", "string 'd\ne'", "comment // f"]),
        (Language.RUBY, "a # b\n=begin\nc\n=end\n'd'", [
            "comment # b", "comment =begin\nc\n=end", "string 'd'"]),
        (Language.BASH, "a=$# # b\necho \"c # d\" ${e#f} '\\' \\' g", [
            "comment # b", 'string "c # d"', "string '\\'"]),
        (Language.LUA, "a -- b\n--[==[ c ]] \n]==] [[ d\ne ]] 'f'", [
            "comment -- b", "comment --[==[ c ]] \n]==]", "string [[ d\ne ]]", "string 'f'"]),
        (Language.YAML, "a: b#c # d\n# e", ["comment # d", "comment # e"]),
        (Language.TOML, 'a = "b # c" # d', ['string "b # c"', "comment # d"]),
    ],
)  # fmt: skip
def test_other_languages(language: Language, text: str, found: list[str]) -> None:
    assert regions(text, language) == found


@pytest.mark.parametrize(
    ("language", "text", "word", "region"),
    [
        (Language.PYTHON, "f'a {word} b'", "word", Region.CODE),
        (Language.PYTHON, "f'a {{word}} b'", "word", Region.STRING),
        (Language.PYTHON, "f'{a} word {b}'", "word", Region.STRING),
        (Language.PYTHON, "'a {word} b'", "word", Region.STRING),
        (Language.JAVASCRIPT, "`a ${word} b`", "word", Region.CODE),
        (Language.JAVASCRIPT, "`a ${f({b: word})} b`", "word", Region.CODE),
        (Language.JAVASCRIPT, "`a ${b} word`", "word", Region.STRING),
        (Language.CSHARP, '$"a {word}"', "word", Region.CODE),
        (Language.CSHARP, '$@"a\\{b}""{word}" + c', "word", Region.CODE),
        (Language.CSHARP, '$@"a\\{b}""{c}" + word', "word", Region.CODE),
        (Language.CSHARP, '$"""a "{b:word}" {c}"""', "word", Region.STRING),
        (Language.CSHARP, '$"""a "{b}" {word}"""', "word", Region.CODE),
        (Language.JAVASCRIPT, "`${a} word ${b}`", "word", Region.STRING),
        (Language.JAVASCRIPT, "`${f(`x ${y}`)} word`", "word", Region.STRING),
        (Language.JAVASCRIPT, "`${f(`x ${word}`)} z`", "word", Region.CODE),
        (Language.JAVASCRIPT, "`a ${b['word']} c`", "word", Region.STRING),
        (Language.JAVASCRIPT, "`a $${'}'} \\${ word` + b", "word", Region.STRING),
        (Language.PYTHON, "f'{a[\"word\"]}'", "word", Region.STRING),
        (Language.PYTHON, "f'{a[\"}\"]} word'", "word", Region.STRING),
        (Language.PYTHON, 'f"{a["b"]} word {c}"', "word", Region.STRING),
        (Language.PYTHON, 'f"{a["b"]} {word}"', "word", Region.CODE),
        (Language.PYTHON, "f'{a:{b}} word'", "word", Region.STRING),
        (Language.PYTHON, "f'{a:{word}}'", "word", Region.CODE),
        (Language.PYTHON, "f'{a!r:>{b}word} c'", "word", Region.STRING),
        (Language.PYTHON, "f'{a:%H:{b:{c}}word} d'", "word", Region.STRING),
        (Language.PYTHON, "f'{a[1:word]}'", "word", Region.CODE),
        (Language.PYTHON, "f'{{{word}}}'", "word", Region.CODE),
        (Language.PYTHON, "f'\\N{BULLET} word'", "word", Region.STRING),
        (Language.PYTHON, "rf'\\N{word}'", "word", Region.CODE),
        (Language.PYTHON, 'f"""{a:\n{b} word} "c" """ + d', "word", Region.STRING),
        (Language.PYTHON, 'f"""{a:\n{b}} "c" """ + word', "word", Region.CODE),
        (Language.PYTHON, "f'{open\nword = 1", "word", Region.CODE),
        (Language.PYTHON, "f'{a:{b:open'\nword = 1", "word", Region.CODE),
        (Language.PYTHON, "word # word", "word", Region.CODE),
        (Language.PYTHON, "# word", "word", Region.COMMENT),
    ],
)
def test_code_inside_of_strings_is_code(
    language: Language, text: str, word: str, region: Region
) -> None:
    assert region_of(text, word, language) is region


def test_languages_without_a_scanner_have_no_regions() -> None:
    assert not has_scanner(Language.TEXT)
    assert not has_scanner(Language.MARKDOWN)
    assert has_scanner(Language.PYTHON)
    assert regions("'a' # b", Language.TEXT) == []


@pytest.mark.parametrize(
    "unit",
    [
        "'",
        '"""',
        "/*",
        "`${",
        "\\'",
        "#'\n",
        'r#"',
        "'\\",
        "(/[",
        "(/a",
        "[(/]",
        "f'{",
        "f'{:{",
        '$"{a:',
    ],
)
@pytest.mark.parametrize("language", [one for one in Language if has_scanner(one)])
def test_hostile_text_is_scanned_in_linear_time(language: Language, unit: str) -> None:
    # Quadratic work on these would take minutes and run into the limit of a test.
    text = (unit * 30_000).encode()
    spans = list(non_code_spans(text, language))

    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(0 <= one.start < one.end <= len(text) for one in spans)
