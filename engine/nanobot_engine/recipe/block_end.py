"""Whether the end of a block of Python statements can be reached."""

import ast


def falls_through(body: list[ast.stmt]) -> bool:
    """Tell whether the end of a block can be reached, as far as its shape says."""
    if not body:
        return True
    last = body[-1]
    match last:
        case ast.If(body=inner, orelse=orelse):
            ends = falls_through(inner) or falls_through(orelse)
        case ast.Try(body=inner, handlers=handlers, orelse=orelse, finalbody=final):
            ends = falls_through(orelse or inner) or any(falls_through(h.body) for h in handlers)
            ends = ends and (not final or falls_through(final))
        case ast.While(test=ast.Constant(value=True)):
            ends = any(isinstance(one, ast.Break) for one in ast.walk(last))
        case _:
            # A context manager may swallow what its body raises, so a `with` can end.
            ends = not isinstance(last, ast.Return | ast.Raise | ast.Continue | ast.Break)
    return ends
