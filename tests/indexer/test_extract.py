import textwrap

import pytest

from nanobot_indexer import Language
from nanobot_indexer.syntax.definition import DefinitionRange
from nanobot_indexer.syntax.extract import Extractor
from nanobot_indexer.syntax.language import LANGUAGES_WITHOUT_DEFINITIONS
from nanobot_indexer.syntax.rows import DEPTH_MAX, NAME_SIZE_BYTES_MAX
from support.parsed_text import parsed_text

LINE_FEED = b"\n"


def definitions_of(text: bytes, language: Language = Language.PYTHON) -> list[DefinitionRange]:
    return list(parsed_text(text, language).definitions(text))


CASES = {
    Language.PYTHON: (
        """\
        LIMIT = 1
        log: Logger = get()
        @deco
        class A(B):
            @property
            async def size(self):
                def inner(): pass
            class C:
                def m(self): ...
        def run():
            local = 1
        type T = int
        """,
        """\
        1-1 constant LIMIT
        2-2 variable log
        3-9 class A
        5-7 method A.size
        7-7 function A.size.inner
        8-9 class A.C
        9-9 method A.C.m
        10-11 function run
        12-12 type T
        """,
    ),
    Language.JAVASCRIPT: (
        """\
        export class A extends B {
          constructor(x) {}
          #secret() {}
          static make = () => 1;
        }
        export default function main() { function inner() {} }
        export const pick = (x) => x;
        A.prototype.late = function () {};
        const LIMIT = 3;
        var old = 1;
        module.exports = { run() {}, 'two-words': () => 1, plain: 3 };
        const View = () => <div>{function named() {}}</div>;
        """,
        """\
        1-5 class A
        2-2 method A.constructor
        3-3 method A.#secret
        4-4 method A.make
        6-6 function main
        6-6 function main.inner
        7-7 function pick
        8-8 function A.prototype.late
        9-9 constant LIMIT
        10-10 variable old
        11-11 method run
        11-11 method two-words
        12-12 function View
        """,
    ),
    Language.TYPESCRIPT: (
        """\
        export interface I { m(x: number): void }
        export abstract class A<T> {
          abstract a(): void;
          private x = () => 1;
        }
        enum E { A, B }
        export type T = string;
        namespace N.M { export function f() {} }
        declare function g(x: number): void;
        """,
        """\
        1-1 interface I
        1-1 method I.m
        2-5 class A
        3-3 method A.a
        4-4 method A.x
        6-6 enum E
        7-7 type T
        8-8 namespace N.M
        8-8 function N.M.f
        9-9 function g
        """,
    ),
    Language.TSX: (
        """\
        export const App: FC<{}> = ({a}) => <div>{a}</div>;
        function Page(): JSX.Element { return <App/> }
        """,
        """\
        1-1 function App
        2-2 function Page
        """,
    ),
    Language.GO: (
        """\
        package p
        type S struct { a int }
        type (
            I interface { M(x int) error }
            Alias = int
        )
        func (s *S) Run(x int) error { return nil }
        func (l List[T]) Len() int { return 0 }
        func New[T any](x T) {}
        const (
            A = iota
            B
        )
        var v, w = 1, 2
        """,
        """\
        2-2 struct S
        4-4 interface I
        4-4 method I.M
        5-5 type Alias
        7-7 method S.Run
        8-8 method List.Len
        9-9 function New
        11-11 constant A
        12-12 constant B
        14-14 variable v
        14-14 variable w
        """,
    ),
    Language.RUST: (
        """\
        pub struct P<T> { x: T }
        impl<T> P<T> {
            pub fn new() -> Self { fn helper() {} }
            const K: u8 = 1;
        }
        impl std::fmt::Display for P<i32> { fn fmt(&self) {} }
        trait Tr { fn req(&self); fn def(&self) {} }
        mod m { pub fn f() {} enum E { A } }
        macro_rules! mac { () => {} }
        static S: u8 = 1;
        """,
        """\
        1-1 struct P
        3-3 method P.new
        3-3 function P.new.helper
        4-4 constant P.K
        6-6 method P.fmt
        7-7 trait Tr
        7-7 method Tr.req
        7-7 method Tr.def
        8-8 module m
        8-8 function m.f
        8-8 enum m.E
        9-9 macro mac
        10-10 variable S
        """,
    ),
    Language.JAVA: (
        """\
        package x;
        public class A<T> extends B {
          static final int K = 1;
          int field;
          A() {}
          <T> void m() { class L { void q() {} } }
          interface I { void z(); int C = 3; }
          enum E { X; void e() {} }
          record R(int a) {}
        }
        """,
        """\
        2-10 class A
        3-3 constant A.K
        5-5 method A.A
        6-6 method A.m
        6-6 class A.m.L
        6-6 method A.m.L.q
        7-7 interface A.I
        7-7 method A.I.z
        7-7 constant A.I.C
        8-8 enum A.E
        8-8 method A.E.e
        9-9 class A.R
        """,
    ),
    Language.C: (
        """\
        #define LIMIT 10
        #define SQUARE(x) ((x)*(x))
        typedef struct { int a; } point;
        struct node { struct node *next; };
        typedef struct node node_t;
        enum color { RED };
        static char *name(int x)
        {
            return 0;
        }
        int proto(int);
        int global = 3, *other;
        int (*callback)(int);
        typedef int (*compare)(void);
        """,
        """\
        1-1 macro LIMIT
        2-2 macro SQUARE
        3-3 struct point
        4-4 struct node
        5-5 type node_t
        6-6 enum color
        7-10 function name
        11-11 function proto
        12-12 variable global
        12-12 variable other
        13-13 variable callback
        14-14 type compare
        """,
    ),
    Language.CPP: (
        """\
        namespace a::b {
        template <typename T>
        class V : public W {
         public:
          V();
          ~V();
          void m() const { }
          int data;
          bool operator==(const V&) const;
        };
        enum class E { A };
        using X = int;
        }
        void a::b::V::run(int x) { }
        template<class T> T* Vec<T>::at(int i) { return 0; }
        namespace { int hidden() { return 1; } }
        """,
        """\
        1-13 namespace a.b
        2-10 class a.b.V
        5-5 method a.b.V.V
        6-6 method a.b.V.~V
        7-7 method a.b.V.m
        9-9 method a.b.V.operator==
        11-11 enum a.b.E
        12-12 type a.b.X
        14-14 method a.b.V.run
        15-15 method Vec.at
        16-16 function hidden
        """,
    ),
    Language.CSHARP: (
        """\
        using System;
        namespace N.M {
          [Attr] public class A<T> : B where T : new() {
            const int K = 1;
            int field;
            public string Name { get; set; }
            public A(int x) : base(x) { }
            int Run<T>(int x) { int Local() => 1; return 2; }
          }
          interface I { void M(); }
          struct S { }
          enum E { A, B }
          record R(int a);
          delegate void D(int x);
        }
        """,
        """\
        2-15 namespace N.M
        3-9 class N.M.A
        4-4 constant N.M.A.K
        6-6 variable N.M.A.Name
        7-7 method N.M.A.A
        8-8 method N.M.A.Run
        8-8 function N.M.A.Run.Local
        10-10 interface N.M.I
        10-10 method N.M.I.M
        11-11 struct N.M.S
        12-12 enum N.M.E
        13-13 class N.M.R
        14-14 type N.M.D
        """,
    ),
    Language.RUBY: (
        """\
        require 'json'
        module M::N
          LIMIT = 1
          class A < B::C
            attr_reader :x
            def run(a, b = 1) = 2
            def self.make; end
            class << self
              def inner; end
            end
            def ==(o); end
          end
          def helper; end
        end
        def main
        end
        """,
        """\
        2-14 module M.N
        3-3 constant M.N.LIMIT
        4-12 class M.N.A
        6-6 method M.N.A.run
        7-7 method M.N.A.make
        9-9 method M.N.A.inner
        11-11 method M.N.A.==
        13-13 method M.N.helper
        15-16 function main
        """,
    ),
    Language.PHP: (
        """\
        <?php
        namespace A\\B;
        const LIMIT = 3;
        #[Attr]
        abstract class K extends L {
          const C = 1, D = 2;
          public $p = 1;
          abstract function m(int $x): int;
        }
        interface I { function q(); }
        trait T { function r() {} }
        enum S: string { case A = 'a'; function f() {} }
        function g($x) { function h() {} }
        """,
        """\
        2-2 namespace A.B
        3-3 constant LIMIT
        4-9 class K
        6-6 constant K.C
        6-6 constant K.D
        8-8 method K.m
        10-10 interface I
        10-10 method I.q
        11-11 trait T
        11-11 method T.r
        12-12 enum S
        12-12 method S.f
        13-13 function g
        13-13 function g.h
        """,
    ),
    Language.BASH: (
        """\
        LIMIT=3
        export name=a
        run() {
          local inner=1
        }
        function other { echo; }
        """,
        """\
        1-1 constant LIMIT
        2-2 variable name
        3-5 function run
        6-6 function other
        """,
    ),
    Language.LUA: (
        """\
        local mod = {}
        LIMIT = 1
        function mod.run(a) end
        function mod.sub:method(x) local function inner() end end
        local function hidden() end
        mod.field = function(x) end
        local f = function() end
        local t = { a = function() end, b = 1, ["c-d"] = 2 }
        """,
        """\
        1-1 variable mod
        2-2 constant LIMIT
        3-3 method mod.run
        4-4 method mod.sub.method
        4-4 function mod.sub.method.inner
        5-5 function hidden
        6-6 method mod.field
        7-7 function f
        8-8 variable t
        8-8 method t.a
        """,
    ),
    Language.MARKDOWN: (
        """\
        # One
        ## Two
        ```python
        # no heading
        ```
        Underlined
        ==========
        ### Deep #
        """,
        """\
        1-5 section One
        2-5 section One.Two
        6-8 section Underlined
        8-8 section Underlined.Deep
        """,
    ),
}


@pytest.mark.parametrize("language", CASES)
def test_definitions(language: Language) -> None:
    source, expected = (textwrap.dedent(text) for text in CASES[language])
    text = source.encode()

    definitions = definitions_of(text, language)

    shown = [
        f"{text.count(LINE_FEED, 0, one.start_byte) + 1}-"
        f"{text.count(LINE_FEED, 0, one.end_byte - 1) + 1} {one.kind} {one.qualified_name}"
        for one in definitions
    ]
    assert shown == expected.splitlines()
    assert not Extractor(language).syntax(text).has_errors


@pytest.mark.parametrize("language", CASES)
def test_names_and_parents_are_where_they_say(language: Language) -> None:
    text = textwrap.dedent(CASES[language][0]).encode()

    definitions = definitions_of(text, language)

    for index, one in enumerate(definitions):
        assert text[one.name_start_byte : one.name_end_byte].decode() == one.name
        assert one.qualified_name.endswith(one.name)
        if one.parent is not None:
            outer = definitions[one.parent]
            assert one.parent < index
            assert outer.start_byte <= one.start_byte < one.end_byte <= outer.end_byte


def test_every_language_has_a_case() -> None:
    assert set(CASES) == set(Language) - LANGUAGES_WITHOUT_DEFINITIONS


def test_a_broken_file_keeps_the_definitions_outside_of_the_error() -> None:
    text = b"def good():\n    pass\n\ndef broken(:\n\nclass Fine:\n    def m(self): pass\n"

    names = {one.qualified_name for one in definitions_of(text)}

    assert Extractor(Language.PYTHON).syntax(text).has_errors
    assert {"good", "Fine", "Fine.m"} <= names


def test_decorators_belong_to_a_definition_and_comments_do_not() -> None:
    text = b"# about f\n@a\n@b\ndef f(): pass\n"

    (one,) = definitions_of(text)

    assert text[one.start_byte : one.end_byte] == b"@a\n@b\ndef f(): pass"


def test_nesting_and_names_are_bounded() -> None:
    nested = b"".join(b" " * depth + b"def f():\n" for depth in range(3 * DEPTH_MAX))
    long_name = b"def " + b"x" * (NAME_SIZE_BYTES_MAX + 1) + b"(): pass\n"

    assert len(definitions_of(nested)) == DEPTH_MAX
    assert definitions_of(long_name) == []


def test_a_name_that_is_not_utf_8_is_left_out() -> None:
    definitions = definitions_of(b"def caf\xe9(): pass\ndef f(): pass\n")

    assert definitions[-1].name == "f"
    assert all(one.name.isascii() for one in definitions)


@pytest.mark.parametrize("language", [Language.JSON, Language.TOML, Language.YAML, Language.TEXT])
def test_data_has_no_definitions(language: Language) -> None:
    assert definitions_of(b"a: 1\n", language) == []
