from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import check, planned
from support.renamed import check_rename


def test_an_exported_function_of_javascript_is_renamed_where_it_is_imported() -> None:
    check_rename(
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
    check_rename(
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
    check_rename(
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
    check_rename(
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
    assert (doubt.path, doubt.line) == ("use.ts", 3)
    assert doubt.question == "line 3: does area mean Shape.area of shape.ts?"


def test_what_a_namespace_of_typescript_has_is_renamed_behind_its_name() -> None:
    check_rename(
        {
            "util.ts": """
                export namespace util {
                    export type Exact<T> = T;
                    export const keys = (x: Exact<number>) => x;
                }
            """,
            "use.ts": """
                import { util } from './util';
                export const all: util.Exact<number> = util.keys(other.Exact);
            """,
        },
        {
            "util.ts": """
                export namespace util {
                    export type Precise<T> = T;
                    export const keys = (x: Precise<number>) => x;
                }
            """,
            "use.ts": """
                import { util } from './util';
                export const all: util.Precise<number> = util.keys(other.Exact);
            """,
        },
        "util.ts::util.Exact",
        "Precise",
    )


def test_a_class_of_a_foreign_package_is_another_one() -> None:
    before = {
        "shape.ts": "export class Shape { drawAll() {} }\n",
        "a.ts": "import { Shape } from './shape';\nexport const f = (s: Shape) => s.drawAll();\n",
        "b.ts": "import { Shape } from 'shapes';\nexport const f = (s: Shape) => s.drawAll();\n",
    }
    after = {path: text.replace("drawAll", "paint") for path, text in before.items()}
    check_rename(before, after | {"b.ts": before["b.ts"]}, "shape.ts::Shape.drawAll", "paint")


def test_what_a_package_gives_to_others_is_told() -> None:
    files = {
        "package.json": '{"name": "p", "exports": {".": {"require": "./index.js"}}}',
        "index.js": """
            const { Command } = require('./lib/command.js');
            exports.Command = Command;
        """,
        "lib/command.js": """
            class Command { parseAll() { return inner(); } }
            function inner() {}
            exports.Command = Command;
            exports.inner = inner;
        """,
    }
    told = "package.json gives 'Command' to code outside of the workspace"

    def notes(symbol: str, **more: str) -> list[str]:
        change = planned(Rename(), files | more, symbol=f"lib/command.js::{symbol}", new_name="zq")
        return [note.text for note in change.notes]

    assert notes("Command") == [told]
    assert notes("Command.parseAll") == [told]
    assert notes("inner") == []
    assert notes("Command", **{"package.json": '{"name": "p", "private": true}'}) == []
    # What is listed is built first; what people begin with is at its usual place.
    assert notes("Command", **{"package.json": '{"name": "p", "main": "dist/p.js"}'}) == [told]
