import textwrap

import pytest

from nanobot_indexer import Language
from nanobot_indexer.syntax.extract import DEPTH_MAX, NAME_SIZE_BYTES_MAX, Extractor

LINE_FEED = b"\n"

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
}


@pytest.mark.parametrize("language", CASES)
def test_definitions(language: Language) -> None:
    source, expected = (textwrap.dedent(text) for text in CASES[language])
    text = source.encode()

    definitions, has_error = Extractor(language).definitions(text)

    shown = [
        f"{text.count(LINE_FEED, 0, one.start_byte) + 1}-"
        f"{text.count(LINE_FEED, 0, one.end_byte - 1) + 1} {one.kind} {one.qualified_name}"
        for one in definitions
    ]
    assert shown == expected.splitlines()
    assert not has_error


@pytest.mark.parametrize("language", CASES)
def test_names_and_parents_are_where_they_say(language: Language) -> None:
    text = textwrap.dedent(CASES[language][0]).encode()

    definitions, _ = Extractor(language).definitions(text)

    for index, one in enumerate(definitions):
        assert text[one.name_start_byte : one.name_end_byte].decode() == one.name
        assert one.qualified_name.endswith(one.name)
        if one.parent is not None:
            outer = definitions[one.parent]
            assert one.parent < index
            assert outer.start_byte <= one.start_byte < one.end_byte <= outer.end_byte


def test_every_language_has_a_case() -> None:
    assert set(CASES) == set(Language) - {Language.TEXT}


def test_a_broken_file_keeps_the_definitions_outside_of_the_error() -> None:
    text = b"def good():\n    pass\n\ndef broken(:\n\nclass Fine:\n    def m(self): pass\n"

    definitions, has_error = Extractor(Language.PYTHON).definitions(text)

    assert has_error
    assert {"good", "Fine", "Fine.m"} <= {one.qualified_name for one in definitions}


def test_decorators_belong_to_a_definition_and_comments_do_not() -> None:
    text = b"# about f\n@a\n@b\ndef f(): pass\n"

    (one,), _ = Extractor(Language.PYTHON).definitions(text)

    assert text[one.start_byte : one.end_byte] == b"@a\n@b\ndef f(): pass"


def test_nesting_and_names_are_bounded() -> None:
    nested = b"".join(b" " * depth + b"def f():\n" for depth in range(3 * DEPTH_MAX))
    long_name = b"def " + b"x" * (NAME_SIZE_BYTES_MAX + 1) + b"(): pass\n"

    definitions, _ = Extractor(Language.PYTHON).definitions(nested)
    unnamed, _ = Extractor(Language.PYTHON).definitions(long_name)

    assert len(definitions) == DEPTH_MAX
    assert unnamed == []


def test_a_name_that_is_not_utf_8_is_left_out() -> None:
    definitions, _ = Extractor(Language.PYTHON).definitions(b"def caf\xe9(): pass\ndef f(): pass\n")

    assert [one.name for one in definitions if one.name == "f"] == ["f"]
