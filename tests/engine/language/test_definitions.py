"""Which definitions of other languages a doc comment could be for."""

import pytest

from nanobot_engine.language.definitions import code_definitions, documented_prototypes
from nanobot_indexer import language_of
from nanobot_indexer.syntax.tree_parser import TreeParser


def found(path: str, text: str) -> dict[str, str]:
    """The only place that knows the API under test: what is public, with what it is."""
    data = text.encode()
    language = language_of(path, data)
    with TreeParser() as parser:
        tree = parser.tree(data, language)
    assert tree is not None
    return {
        one.qualified_name: " ".join(
            [one.kind, *(["returns"] * one.returns_value), *(["has"] * one.has_comment)]
        )
        for one in code_definitions(tree, language, path)
        if one.is_public
    }


def test_of_javascript_what_is_exported_is_public() -> None:
    text = """\
const quiet = (x) => x;
function hidden() {}
export function shown() { return 1; }
export const loud = () => 1, two = 2;
/** Done. */
export const done = function () {};
class Box { open() {} get size() { return 1; } set size(x) {} #own() {} _soft() {} }
class Box2 {
  constructor() {}
  open() { return () => 1; }
  get size() { return 1; }
  set size(x) {}
  #own() {}
  _soft() {}
}
function early() { return; }
export { Box2 as Other, early };
"""
    assert found("a.mjs", text) == {
        "shown": "function returns",
        "loud": "function returns",
        "done": "function has",
        "Box2": "class",
        "Box2.open": "method returns",
        "Box2.size": "method returns",
        "early": "function",
    }


def test_of_a_commonjs_module_what_its_exports_name_is_public() -> None:
    text = """\
function a() {}
const b = () => 1;
function c() {}
exports.d = function () { return 1; };
function K() {}
K.prototype.run = function () {};
module.exports = { a, other: b, K };
"""
    expected = {
        "a": "function",
        "b": "function returns",
        "d": "function returns",
        "K": "function",
        "K.run": "function",
    }
    assert found("a.cjs", text) == expected


def test_functions_that_an_exported_object_is_given_are_public() -> None:
    text = """\
var app = exports = module.exports = {};
var hidden = {};
app.init = function init() { return 1; };
/** Above both. */
app.set =
app.header = function () {};
hidden.run = function () {};
a.b.c = function () {};
this.d = function () {};
"""
    assert found("a.cjs", text) == {
        "app.init": "function returns",
        "app.header": "function has",
    }
    text = """\
exports = module.exports = create;
function create() { return 1; }
"""
    assert found("b.cjs", text) == {"create": "function returns"}


def test_of_typescript_private_members_and_overloads_are_left_out() -> None:
    text = """\
@dec()
export class A {
  private a(): void {}
  protected b(): void {}
  public c(): number { return 1; }
}
export interface I { m(): void }
export function over(a: string): void;
export function over(a: number): void;
export function over(a: unknown): void {}
"""
    expected = {"A": "class", "A.c": "method returns", "I": "class"}
    assert found("a.ts", text) == expected


def test_of_go_capital_letters_are_public() -> None:
    text = """\
package p

func A() int { return 1 }

func b() {}

type T struct{}

func (t *T) M() {}

func (t *t2) M() {}

// Done is done.
func Done() {}

type (
	U int
	v int
)
"""
    assert found("a.go", text) == {
        "A": "function returns",
        "T": "class",
        "T.M": "method",
        "Done": "function has",
        "U": "class",
    }


def test_of_rust_pub_is_public() -> None:
    text = """\
#[inline]
pub fn a() -> i32 { 1 }
pub(crate) fn b() {}
/// Done.
#[must_use]
pub fn done() {}
pub struct T;
impl T { pub fn m(&self) {} fn n(&self) {} }
impl T {
    pub fn k(&self) {}
}
impl Q for T {
    fn r(&self) {}
}
"""
    assert found("a.rs", text) == {
        "a": "function returns",
        "done": "function has",
        "T": "class",
        "T.k": "method",
    }


def test_of_java_public_in_public_is_public() -> None:
    text = """\
public class A {
  public A() {}
  @Override
  public String toString() { return ""; }
  public int m() { return 1; }
  void k() {}
  static class B {
    public void n() {}
  }
}
"""
    assert found("A.java", text).keys() == {"A", "A.m"}


@pytest.mark.parametrize(("path", "with_static"), [("a.c", False), ("a.h", True)])
def test_of_c_static_functions_are_public_in_headers_only(path: str, *, with_static: bool) -> None:
    text = """\
static int quiet(void) { return 1; }
void *loud(void) { return 0; }
/* Done. */
void done(void) {}
void prototype(void);
int main(void) { return 0; }
"""
    expected = {"loud": "function returns", "done": "function has"}
    if with_static:
        expected["quiet"] = "function returns"
    assert found(path, text) == expected


def test_of_c_plus_plus_public_parts_of_named_namespaces_are_public() -> None:
    text = """\
namespace n {
template <class T>
int f(T x) { return 1; }
class A {
  void p() {}
 public:
  A() {}
  int q() const { return 1; }
  int r() override { return 1; }
};
}
namespace {
void g() {}
}
"""
    expected = {"n.f": "function returns", "n.A": "class", "n.A.q": "method returns"}
    assert found("a.cpp", text) == expected


def test_a_prototype_with_a_comment_stands_for_its_function() -> None:
    text = b"/** Told. */\nint told(int x);\n\nint untold(void);\n"
    with TreeParser() as parser:
        tree = parser.tree(text, language_of("a.h", text))
    assert tree is not None

    assert list(documented_prototypes(tree, "a.h")) == ["told"]
    assert list(documented_prototypes(tree, "a.c")) == []
