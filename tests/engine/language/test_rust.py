import pytest

from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import check, planned
from support.renamed import check_rename

_CRATE = {
    "Cargo.toml": '[package]\nname = "app"\n',
    "src/lib.rs": """
        pub mod shapes;
        pub mod util;
        pub use crate::shapes::{square::{self, Square}, Sized as Measured};
        macro_rules! twice { ($x:expr) => { $crate::util::add($x, $x) } }
        pub fn total(items: &[Square]) -> u32 {
            let add = |a: u32, b: u32| a + b;
            let mut sum = add(1, twice!(1));
            if let Some(sum) = items.first() { util::add(sum.len(), 1); } else { sum += 1; }
            sum
        }
        mod tests {
            use super::*;
            fn adds() { assert_eq!(util::add(1, 2), Square { side: 2 }.side) }
        }
    """,
    "src/util.rs": """
        pub fn add(a: u32, b: u32) -> u32 { a + b }
        pub fn sub(a: u32, b: u32) -> u32 { let add = a - b; add }
    """,
    "src/shapes/mod.rs": "pub mod square;\npub trait Sized { fn area(&self) -> u32; }\n",
    "src/shapes/square.rs": """
        use crate::{util::{self, add as plus}, shapes::*};
        pub struct Square { pub side: u32 }
        impl Sized for Square {
            fn area(&self) -> u32 { let Square { side } = self; plus(*side, util::add(1, 0)) }
        }
        impl std::fmt::Display for Square {
            fn fmt(&self, f: &mut Formatter) -> Result { write!(f, "{}", self.side) }
        }
        impl Square { pub fn new(side: u32) -> Self { Self { side } } }
        fn use_add(side: u32) -> u32 { let s = Square::new(side); s.area() + s.side }
    """,
}


def _after(*edits: tuple[str, str, str]) -> dict[str, str]:
    """Return the files with texts replaced, given as (path, before, after)."""
    texts = dict(_CRATE)
    for path, before, after in edits:
        assert before in texts[path], before
        texts[path] = texts[path].replace(before, after)
    return texts


def test_a_function_of_rust_is_renamed_through_paths_uses_and_macros() -> None:
    after = _after(
        ("src/lib.rs", "util::add(", "util::plus("),
        ("src/util.rs", "fn add(", "fn plus("),
        ("src/shapes/square.rs", "self, add as plus", "self, plus as plus"),
        ("src/shapes/square.rs", "util::add(", "util::plus("),
    )
    check_rename(_CRATE, after, "src/util.rs::add", "plus")


def test_a_type_and_a_trait_of_rust_are_renamed_where_they_are_passed_on() -> None:
    after = _after(
        ("src/lib.rs", "Square", "Quad"),
        ("src/shapes/square.rs", "Square", "Quad"),
    )
    check_rename(_CRATE, after, "src/shapes/square.rs::Square", "Quad")
    after = _after(
        ("src/lib.rs", "Sized as", "Big as"),
        ("src/shapes/mod.rs", "trait Sized", "trait Big"),
        ("src/shapes/square.rs", "impl Sized", "impl Big"),
    )
    check_rename(_CRATE, after, "src/shapes/mod.rs::Sized", "Big")


def test_members_of_rust_are_renamed_with_their_trait_and_in_patterns() -> None:
    after = _after(
        ("src/shapes/mod.rs", "fn area", "fn surface"),
        ("src/shapes/square.rs", "fn area", "fn surface"),
        ("src/shapes/square.rs", "s.area()", "s.surface()"),
    )
    check_rename(_CRATE, after, "src/shapes/mod.rs::Sized.area", "surface")
    after = _after(
        ("src/lib.rs", "Square { side: 2 }.side", "Square { width: 2 }.width"),
        ("src/shapes/square.rs", "pub side:", "pub width:"),
        ("src/shapes/square.rs", "let Square { side }", "let Square { width: side }"),
        ("src/shapes/square.rs", "Self { side }", "Self { width: side }"),
        ("src/shapes/square.rs", "self.side", "self.width"),
        ("src/shapes/square.rs", "s.side", "s.width"),
    )
    # In a macro call, nothing tells what stands before the dot.
    after["src/lib.rs"] = after["src/lib.rs"].replace("}.width", "}.side")
    change = check(
        Rename(), _CRATE, after, symbol="src/shapes/square.rs::Square.side", new_name="width"
    )
    assert [doubt.path for doubt in change.doubts] == ["src/lib.rs"]


def test_a_variable_of_rust_ends_where_another_hides_it() -> None:
    before = """
        struct P { x: u8 }
        fn f(x: u8) -> P {
            let y = x + 1;
            if let Some(x) = g(x) { h(x) } else { h(x) };
            let x = x + y;
            match x { x if x > 1 => P { x }, _ => P { x: x } }
        }
    """
    after = """
        struct P { x: u8 }
        fn f(n: u8) -> P {
            let y = n + 1;
            if let Some(x) = g(n) { h(x) } else { h(n) };
            let x = n + y;
            match x { x if x > 1 => P { x }, _ => P { x: x } }
        }
    """
    check_rename({"a.rs": before}, {"a.rs": after}, "a.rs::f.x", "n")


def test_a_method_that_a_foreign_trait_asks_for_is_refused() -> None:
    with pytest.raises(UnsafeError, match="Display asks for 'fmt'"):
        planned(Rename(), _CRATE, symbol="src/shapes/square.rs::Square.fmt", new_name="show")


def test_variants_of_an_enum_are_renamed_where_a_use_brings_them() -> None:
    before = {
        "Cargo.toml": '[package]\nname = "app"\n',
        "src/lib.rs": """
            pub mod kinds;
            use crate::kinds::Kind::{self, Big};
            fn f(k: Kind) -> Kind {
                use crate::kinds::Kind::*;
                match k { Big => Small(1), Small(n) => Kind::Small(n), Kind::Other { x } => Big }
            }
        """,
        "src/kinds.rs": "pub enum Kind { Big, Small(u8), Other { x: u8 } }\n",
    }

    def replaced(old: str, new: str) -> dict[str, str]:
        return {path: text.replace(old, new) for path, text in before.items()}

    check_rename(before, replaced("Big", "Huge"), "src/kinds.rs::Kind.Big", "Huge")
    check_rename(before, replaced("Small", "Tiny"), "src/kinds.rs::Kind.Small", "Tiny")
    after = replaced("{ x: u8", "{ y: u8")
    after["src/lib.rs"] = after["src/lib.rs"].replace("{ x }", "{ y: x }")
    check_rename(before, after, "src/kinds.rs::Kind.Other.x", "y")
