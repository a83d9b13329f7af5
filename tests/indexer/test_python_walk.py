import argparse
import ast
import asyncio.base_events
import dataclasses
import inspect
import textwrap
import types
import typing
import unittest.mock
from pathlib import Path

import pytest

from nanobot_indexer.syntax.definition import DefinitionKind, DefinitionRange
from support.parsed_text import parsed_text


def definitions_of(text: bytes) -> list[DefinitionRange]:
    return list(parsed_text(text).definitions(text))


def test_definitions_inside_of_statements_are_found() -> None:
    text = textwrap.dedent("""\
        if x:
            def a(): pass
        else:
            try:
                def b(): pass
            except* E:
                with y:
                    def c():
                        for z in y:
                            class D: pass
        match x:
            case 1:
                async\tdef e(): pass
        def\tf():
            def\tg(): pass
        """).encode()

    names = [one.qualified_name for one in definitions_of(text)]

    assert names == ["a", "b", "c", "c.D", "e", "f", "f.g"]


@pytest.mark.parametrize(
    "module", [argparse, asyncio.base_events, dataclasses, inspect, typing, unittest.mock]
)
def test_the_walk_finds_what_the_compiler_finds(module: types.ModuleType) -> None:
    assert module.__file__ is not None
    text = Path(module.__file__).read_bytes()
    lines = text.splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    expected = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0]
            documented = (0, 0)
            if ast.get_docstring(node, clean=False) is not None:
                assert first.end_lineno is not None
                assert first.end_col_offset is not None
                start = offsets[first.lineno - 1] + first.col_offset
                documented = (start, offsets[first.end_lineno - 1] + first.end_col_offset)
            expected.append((offsets[node.lineno - 1] + node.col_offset, node.name, *documented))

    found = [
        (one.signature_start_byte, one.name, one.docstring_start_byte, one.docstring_end_byte)
        for one in definitions_of(text)
        if one.kind in {DefinitionKind.FUNCTION, DefinitionKind.METHOD, DefinitionKind.CLASS}
    ]

    assert sorted(found) == sorted(expected)


def test_the_walk_finds_every_import_of_a_module() -> None:
    assert inspect.__file__ is not None
    text = Path(inspect.__file__).read_bytes()
    expected = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            expected += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            expected += [f"{node.module}.{alias.name}" for alias in node.names]

    found = [one.name for one in parsed_text(text).import_ranges()]

    assert sorted(found) == sorted(expected)


def test_broken_code_keeps_what_surrounds_it() -> None:
    text = b"class A:\n    def a(self): (\n\n    def b(self): pass\n\ndef c(): pass\n"

    assert {"a", "c"} <= {one.name for one in definitions_of(text)}


def test_a_class_that_is_broken_keeps_its_methods() -> None:
    text = b"@x\nclass A:\n    x = = (\n    def a(self): pass\n\n    def b(self): pass\n"

    assert {"a", "b"} <= {one.name for one in definitions_of(text)}


def test_aliases_of_types_are_found_anywhere() -> None:
    text = b"class A:\n    type B[T] = list[T]\ntype C = int\ntype = 1\n"

    names = [(one.kind, one.qualified_name) for one in definitions_of(text)]

    assert names == [
        (DefinitionKind.CLASS, "A"),
        (DefinitionKind.TYPE, "A.B"),
        (DefinitionKind.TYPE, "C"),
        (DefinitionKind.VARIABLE, "type"),
    ]
