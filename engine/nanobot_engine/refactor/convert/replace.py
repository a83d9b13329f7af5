"""Replace a literal, an expression or a call by another, wherever its shape occurs.

See `pattern` for what patterns are. Where a replacement would run something twice, drop
something that acts, lose a comment, or stand inside of an f-string, it is left out and told.
"""

import ast
from collections.abc import Container, Mapping
from typing import Final

from nanobot_engine.python import PythonFile, Scope
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.convert.pattern import Match, Pattern, Template
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.imports.import_edit import NewImport
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.expression import expressions, has_lost_comment, is_docstring
from nanobot_engine.refactor.source.rewriter import Rewriter

_ACTING: Final = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)


class ReplacePattern:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "replace pattern"
    summary: Final = "Replace a literal or a call pattern by another everywhere"
    parameters: Final = (
        Parameter(
            "pattern", ParameterKind.TEXT, "what is replaced: Python with $holes, `f($a, $*rest)`"
        ),
        Parameter("replacement", ParameterKind.TEXT, "what stands there then, with the same holes"),
        Parameter(
            "imports",
            ParameterKind.TEXT,
            "import statements that the replacement needs, separated by newlines or `;`",
            is_optional=True,
        ),
        WHERE,
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        rule = Rule(
            arguments["pattern"],
            arguments["replacement"],
            new_imports(arguments.get("imports", "")),
        )
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        imports = Imports(codebase, builder)
        touched = []
        for file in chosen_files(codebase, arguments):
            rewriter = Rewriter(file)
            if rule.apply(codebase, builder, rewriter, imports):
                rewriter.add_to(builder)
                touched.append(file)
        if not touched:
            raise ArgumentError(f"{rule.pattern.written}: does not stand there in a way to replace")
        imports.finish(touched)
        return builder.build(f"replace {rule.pattern.written} by {rule.template.written}")


class Rule:
    """One pattern with what it becomes."""

    def __init__(self, pattern: str, replacement: str, imports: tuple[NewImport, ...] = ()) -> None:
        """Parse both.

        Raises:
            ArgumentError: One of them is no Python, or they do not fit.
        """
        self.pattern = Pattern(pattern)
        self.template = Template(replacement, self.pattern)
        self._imports = imports

    def apply(
        self,
        codebase: Codebase,
        builder: ChangeBuilder,
        rewriter: Rewriter,
        imports: Imports,
        *,
        only: Container[ast.AST] | None = None,
    ) -> int:
        """Replace in one file, tell what is left out, and return how many were replaced.

        Args:
            codebase: All files.
            builder: Gets the notes.
            rewriter: Of the file; gets the replacements.
            imports: Gets what the replacement needs.
            only: The expressions that may be replaced; all without it.
        """
        count = 0
        inference = codebase.references.inference
        for node, scope in expressions(rewriter.file):
            if node in rewriter or (only is not None and node not in only):
                continue
            match = self.pattern.match(inference, rewriter.file, scope, node)
            if match is None or is_docstring(rewriter.parents, node):
                continue
            reason = self._refusal(rewriter, scope, node, match)
            if reason:
                builder.note(rewriter.file.path, node.lineno, f"left as it is: {reason}")
                continue
            rewriter.replace(node, self.template.parts(match), f"was {self.pattern.written}")
            count += 1
        if count:
            self._add_imports(rewriter.file, imports)
        return count

    def _refusal(self, rewriter: Rewriter, scope: Scope, node: ast.expr, match: Match) -> str:
        if rewriter.is_in_string(node):
            return "it stands inside of an f-string"
        if self.template.is_statement and not rewriter.is_statement(node):
            return "its value is used, and the replacement is a statement"
        parent, _ = rewriter.parents[node]
        if isinstance(parent, ast.MatchValue):
            return "it is a pattern of a match statement"
        for name, value in match.expressions():
            acts = any(isinstance(one, _ACTING) for one in ast.walk(value))
            count = self.template.count(name)
            if acts and count != 1:
                return f"${name} does something, and would be done {count} times"
        if has_lost_comment(rewriter.file, node, [value for _, value in match.expressions()]):
            return "a comment inside would get lost"
        return self._shadowed(scope)

    def _shadowed(self, scope: Scope) -> str:
        for name in sorted(self.template.names & {bound_name(one) for one in self._imports}):
            bound = scope.lookup(name)
            if bound is not None and bound.parent is not None:
                return f"{name!r} means something else there"
        return ""

    def _add_imports(self, file: PythonFile, imports: Imports) -> None:
        for new in self._imports:
            name = bound_name(new)
            sites = file.names.module.sites.get(name, ())
            if any(site.imported is None for site in sites):
                raise UnsafeError(f"{file.path}: {name!r} means something else there already")
            imports.of(file).add(new)


def new_imports(written: str) -> tuple[NewImport, ...]:
    """Parse import statements.

    Raises:
        ArgumentError: They are something else.
    """
    try:
        body = ast.parse(written.replace(";", "\n")).body
    except (SyntaxError, ValueError) as error:
        raise ArgumentError(f"{written!r}: give import statements") from error
    found: list[NewImport] = []
    for statement in body:
        if isinstance(statement, ast.Import):
            found += [NewImport(one.name, None, one.asname) for one in statement.names]
        elif isinstance(statement, ast.ImportFrom):
            module = "." * statement.level + (statement.module or "")
            found += [NewImport(module, one.name, one.asname) for one in statement.names]
        else:
            raise ArgumentError(f"{written!r}: give import statements")
    return tuple(found)


def bound_name(new: NewImport) -> str:
    """Return the name that an import binds."""
    return new.alias or new.name or new.module.partition(".")[0]
