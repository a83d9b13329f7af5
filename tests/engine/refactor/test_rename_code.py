import pytest

from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.rename import Rename
from support.refactored import check, planned


def _check(before: dict[str, str], after: dict[str, str | None], symbol: str, new: str) -> None:
    change = check(Rename(), before, after, symbol=symbol, new_name=new)
    assert not change.doubts


def test_an_exported_function_of_javascript_is_renamed_where_it_is_imported() -> None:
    _check(
        {
            "lib/text.js": """
                export function trim(line) { return line.length ? trim(line.slice(1)) : line; }
                export const other = (trim) => trim + 1;  // trim
            """,
            "lib/index.js": "export * from './text.js';\n",
            "app.mjs": """
                import { trim as cut, other } from './lib/index.js';
                import * as text from './lib/text';
                console.log(cut(' x'), text.trim(' y'), ' z'.trim());
            """,
            "page.tsx": """
                import { trim } from './lib';
                export { trim };
                export const Page = () => <p title={trim("a")}>{{ trim }}</p>;
            """,
            "user.ts": "import { trim } from './page';\ntrim('b');\n",
            "foreign.ts": "import { trim } from 'lodash';\ntrim('c');\n",
        },
        {
            "lib/text.js": """
                export function strip(line) { return line.length ? strip(line.slice(1)) : line; }
                export const other = (trim) => trim + 1;  // trim
            """,
            "app.mjs": """
                import { strip as cut, other } from './lib/index.js';
                import * as text from './lib/text';
                console.log(cut(' x'), text.strip(' y'), ' z'.trim());
            """,
            "page.tsx": """
                import { strip } from './lib';
                export { strip };
                export const Page = () => <p title={strip("a")}>{{ trim: strip }}</p>;
            """,
            "user.ts": "import { strip } from './page';\nstrip('b');\n",
        },
        "lib/text.js::trim",
        "strip",
    )


def test_a_function_of_commonjs_is_renamed_where_it_is_required() -> None:
    _check(
        {
            "text.js": """
                function trim(line) { return line; }
                module.exports = { trim, keep: trim };
            """,
            "more.js": "exports.trim = function (x) { return x; };\n",
            "app.js": """
                const { trim } = require('./text');
                const text = require('./text.js');
                const { trim: cut } = require('./more');
                module.exports = { run: () => text.trim(trim('a')) + cut('b') };
            """,
        },
        {
            "text.js": """
                function strip(line) { return line; }
                module.exports = { strip, keep: strip };
            """,
            "app.js": """
                const { strip } = require('./text');
                const text = require('./text.js');
                const { trim: cut } = require('./more');
                module.exports = { run: () => text.strip(strip('a')) + cut('b') };
            """,
        },
        "text.js::trim",
        "strip",
    )


def test_an_import_keeps_its_local_name_where_the_new_one_is_taken() -> None:
    _check(
        {
            "a.ts": "export const load = () => 1;\n",
            "b.ts": "import { load } from './a';\nconst read = load();\no = { load };\n",
            "c.js": "const { load } = require('./a');\nfor (const read of load()) {}\n",
        },
        {
            "a.ts": "export const read = () => 1;\n",
            "b.ts": "import { read as load } from './a';\nconst read = load();\no = { load };\n",
            "c.js": "const { read: load } = require('./a');\nfor (const read of load()) {}\n",
        },
        "a.ts::load",
        "read",
    )


def test_a_local_variable_of_javascript_is_renamed_in_its_scope_only() -> None:
    _check(
        {
            "a.js": """
                let count = 0;
                function tally(items) {
                    let count = items.count;
                    for (const { count: c, size } of items) { count += c + size; }
                    return { count, size: (count) => count };
                }
                count += 1;
            """,
        },
        {
            "a.js": """
                let count = 0;
                function tally(items) {
                    let total = items.count;
                    for (const { count: c, size } of items) { total += c + size; }
                    return { count: total, size: (count) => count };
                }
                count += 1;
            """,
        },
        "a.js::tally.count",
        "total",
    )


def test_a_method_is_renamed_for_heirs_and_declared_types_and_doubted_elsewhere() -> None:
    change = check(
        Rename(),
        {
            "shape.ts": """
                export interface Sized { area(): number }
                export class Shape implements Sized {
                    area() { return 0; }
                    twice() { return this.area() * 2; }
                }
                export class Field { area() { return 1; } }
            """,
            "use.ts": """
                import { Shape, Field } from './shape';
                class Square extends Shape { area() { return super.area() + 1; } }
                const sum = (a: Shape, b: Field, c: any) => a.area() + b.area() + c.area();
                const square = new Square();
                square.area();
            """,
        },
        {
            "shape.ts": """
                export interface Sized { surface(): number }
                export class Shape implements Sized {
                    surface() { return 0; }
                    twice() { return this.surface() * 2; }
                }
                export class Field { area() { return 1; } }
            """,
            "use.ts": """
                import { Shape, Field } from './shape';
                class Square extends Shape { surface() { return super.surface() + 1; } }
                const sum = (a: Shape, b: Field, c: any) => a.surface() + b.area() + c.area();
                const square = new Square();
                square.surface();
            """,
        },
        symbol="shape.ts::Shape.area",
        new_name="surface",
    )
    (doubt,) = change.doubts
    assert (doubt.reference.file.path, doubt.reference.line) == ("use.ts", 3)
    assert doubt.question == "line 3: does area mean Shape.area of shape.ts?"


def test_a_name_that_is_taken_is_refused() -> None:
    files = {
        "a.js": """
            import x from 'x';
            export function one() { return two() + x; }
            function two() { return parseInt('1'); }
            class A { m() {} n() { this.m(); } }
        """
    }
    for symbol, new in (("one", "two"), ("one", "x"), ("two", "parseInt"), ("A.m", "n")):
        with pytest.raises(UnsafeError):
            planned(Rename(), files, symbol=f"a.js::{symbol}", new_name=new)


def test_what_is_no_name_or_not_there_is_refused() -> None:
    files = {"a.js": "function one() {}\nif (x) { let b = 1; }\nif (y) { let b = 2; }\n"}
    for symbol, new, reason in (
        ("one", "class", "no name that JavaScript takes"),
        ("one", "a-b", "no name that JavaScript takes"),
        ("none", "other", "there is no such name"),
        ("one", "one", "its name already"),
        ("b", "c", "declared more than once, in lines 2, 3"),
    ):
        with pytest.raises(ArgumentError, match=reason):
            planned(Rename(), files, symbol=f"a.js::{symbol}", new_name=new)


def test_comments_strings_and_documents_follow_where_asked() -> None:
    change = check(
        Rename(),
        {
            "a.js": "// loadAll(x) loads\nexport function loadAll() { return 'loadAll'; }\n",
            "README.md": "Call `loadAll()`.\n",
        },
        {
            "a.js": "// readAll(x) loads\nexport function readAll() { return 'loadAll'; }\n",
            "README.md": "Call `readAll()`.\n",
        },
        symbol="a.js::loadAll",
        new_name="readAll",
        also="comments,documents",
    )
    assert not change.doubts


def test_a_name_of_a_package_of_go_is_renamed_in_it_and_where_it_is_imported() -> None:
    _check(
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
    _check(
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
    _check(
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
