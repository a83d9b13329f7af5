import pytest

from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import planned
from support.renamed import check_rename


def test_a_name_of_a_package_of_go_is_renamed_in_it_and_where_it_is_imported() -> None:
    check_rename(
        {
            "go.mod": "module example.org/app\n",
            "text/trim.go": """
                package text

                import "strings"

                type Trim func(string) string

                func Cut(line string) string { return strings.Cut(line) }
            """,
            "text/more.go": """
                package text

                func All(lines []string) (out []string) {
                    for _, line := range lines { out = append(out, Cut(line)) }
                    Cut := len(out)
                    _ = Cut
                    return
                }
            """,
            "text/trim_test.go": "package text_test\n\nfunc Cut() {}\n",
            "main.go": """
                package main

                import (
                    "example.org/app/text"
                    other "example.org/lib/text"
                )

                func main() { text.Cut(other.Cut(" x")); var text other.T; text.Cut() }
            """,
        },
        {
            "text/trim.go": """
                package text

                import "strings"

                type Trim func(string) string

                func Strip(line string) string { return strings.Cut(line) }
            """,
            "text/more.go": """
                package text

                func All(lines []string) (out []string) {
                    for _, line := range lines { out = append(out, Strip(line)) }
                    Cut := len(out)
                    _ = Cut
                    return
                }
            """,
            "main.go": """
                package main

                import (
                    "example.org/app/text"
                    other "example.org/lib/text"
                )

                func main() { text.Strip(other.Cut(" x")); var text other.T; text.Cut() }
            """,
        },
        "text/trim.go::Cut",
        "Strip",
    )


def test_variables_of_go_hide_each_other_from_their_statement_on() -> None:
    check_rename(
        {
            "a.go": """
                package a

                func f(x int) (err error) {
                    y, err := g(x)
                    if x := x + 1; x > y { x++; y := x; _ = y }
                    x, z := x, y
                    return h(x, z, err)
                }
            """,
        },
        {
            "a.go": """
                package a

                func f(n int) (err error) {
                    y, err := g(n)
                    if x := n + 1; x > y { x++; y := x; _ = y }
                    n, z := n, y
                    return h(n, z, err)
                }
            """,
        },
        "a.go::f.x",
        "n",
    )


def test_a_type_of_go_that_structs_embed_is_renamed_as_their_field_too() -> None:
    check_rename(
        {
            "a.go": """
                package a

                type Base struct{ id int }
                type Box struct { *Base; other int }
                type Cup struct { Box }

                func (b *Base) Id() int { return b.id }
                func f(c Cup, m map[string]int) *Box {
                    if c.Base.id > 0 { return &Box{Base: c.Base, other: m["Base"]} }
                    return nil
                }
            """,
        },
        {
            "a.go": """
                package a

                type Root struct{ id int }
                type Box struct { *Root; other int }
                type Cup struct { Box }

                func (b *Root) Id() int { return b.id }
                func f(c Cup, m map[string]int) *Box {
                    if c.Root.id > 0 { return &Box{Root: c.Root, other: m["Base"]} }
                    return nil
                }
            """,
        },
        "a.go::Base",
        "Root",
    )


def test_what_a_package_of_go_has_is_taken_and_what_others_use_stays_visible() -> None:
    files = {
        "go.mod": "module m\n",
        "a/a.go": 'package a\n\nimport "fmt"\n\nfunc One() { fmt.Print() }\n',
        "a/b.go": "package a\n\nfunc Two() {}\n",
        "b/b.go": 'package b\n\nimport "m/a"\n\nvar x = a.One\n',
    }
    for new, reason in (("Two", "declares it"), ("fmt", "imports a package"), ("one", "hidden")):
        with pytest.raises(UnsafeError, match=reason):
            planned(Rename(), files, symbol="a/a.go::One", new_name=new)


def test_a_method_of_go_that_an_interface_asks_for_is_refused() -> None:
    files = {
        "a.go": """
            package a

            type Sized interface { Size() int }
            type Box struct { n int }

            func (b Box) Size() int { return b.n }
            func (b Box) Half() int { return b.n / 2 }
        """
    }
    for symbol in ("Box.Size", "Sized.Size"):
        with pytest.raises(UnsafeError, match="interface"):
            planned(Rename(), files, symbol=f"a.go::{symbol}", new_name="Length")
    assert planned(Rename(), files, symbol="a.go::Box.Half", new_name="Part").plan.files


def test_a_type_of_a_foreign_package_is_another_one() -> None:
    before = {
        "go.mod": "module example.org/app\n",
        "scan/scan.go": "package scan\n\ntype Box struct{ n int }\n\nfunc (b *Box) NextOne() {}\n",
        "use.go": """
            package app

            import (
                "example.org/app/scan"
                lib "text/scan"
            )

            func f(a *scan.Box, b lib.Box, c scan.Box) { a.NextOne(); b.NextOne(); c.NextOne() }
        """,
    }
    after = {path: text.replace("Box) NextOne", "Box) Step") for path, text in before.items()}
    after["use.go"] = after["use.go"].replace("a.NextOne", "a.Step").replace("c.NextOne", "c.Step")
    check_rename(before, after, "scan/scan.go::Box.NextOne", "Step")


def test_a_method_that_the_standard_library_looks_for_is_refused() -> None:
    files = {"a.go": "package a\n\ntype R struct{}\n\nfunc (r R) Read(b []byte) int { return 0 }\n"}
    with pytest.raises(UnsafeError, match="standard library asks for 'Read'"):
        planned(Rename(), files, symbol="a.go::R.Read", new_name="Fill")
