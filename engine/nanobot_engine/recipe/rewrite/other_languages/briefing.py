"""What the model is told before it rewrites a function of another language."""

from types import MappingProxyType
from typing import Final

from nanobot_engine.recipe.recipe import Briefing
from nanobot_engine.recipe.rewrite import question as rewriting
from nanobot_indexer import Language

FENCES: Final = MappingProxyType({Language.TSX: "tsx", Language.CPP: "cpp"})
_NAMES: Final = MappingProxyType(
    {
        Language.JAVASCRIPT: "JavaScript",
        Language.TYPESCRIPT: "TypeScript",
        Language.TSX: "TypeScript",
        Language.GO: "Go",
        Language.RUST: "Rust",
        Language.JAVA: "Java",
        Language.C: "C",
        Language.CPP: "C++",
    }
)
_SYSTEM: Final = """\
You rewrite one {name} function.
Do what the instruction says and nothing else.
- Keep the name, the parameters, the types, the modifiers and the comments.
- The function must do exactly the same for every input.
- Use only names that the code uses already, or that the instruction names.
Answer with the whole function."""

_SCRIPT: Final = (
    (
        "function label(item) {\n  var text;\n  if (item.done) {\n    text = 'done';\n"
        "  } else {\n    // Still to come.\n    text = 'open';\n  }\n  return text;\n}"
    ),
    ("function label(item) {\n  // Still to come.\n  return item.done ? 'done' : 'open';\n}"),
)
_EXAMPLES: Final = MappingProxyType(
    {
        Language.JAVASCRIPT: _SCRIPT,
        Language.TYPESCRIPT: _SCRIPT,
        Language.TSX: _SCRIPT,
        Language.GO: (
            (
                "func label(done bool) string {\n\tvar text string\n\tif done {\n"
                '\t\ttext = "done"\n\t} else {\n\t\t// Still to come.\n\t\ttext = "open"\n\t}\n'
                "\treturn text\n}"
            ),
            (
                'func label(done bool) string {\n\tif done {\n\t\treturn "done"\n\t}\n'
                '\t// Still to come.\n\treturn "open"\n}'
            ),
        ),
        Language.RUST: (
            (
                "fn label(done: bool) -> &'static str {\n    let text;\n    if done {\n"
                '        text = "done";\n    } else {\n        // Still to come.\n'
                '        text = "open";\n    }\n    return text;\n}'
            ),
            (
                'fn label(done: bool) -> &\'static str {\n    if done {\n        "done"\n'
                '    } else {\n        // Still to come.\n        "open"\n    }\n}'
            ),
        ),
        Language.JAVA: (
            (
                "String label(boolean done) {\n    String text;\n    if (done) {\n"
                '        text = "done";\n    } else {\n        // Still to come.\n'
                '        text = "open";\n    }\n    return text;\n}'
            ),
            (
                "String label(boolean done) {\n    // Still to come.\n"
                '    return done ? "done" : "open";\n}'
            ),
        ),
    }
)
_C: Final = (
    (
        "const char *label(int done) {\n    const char *text;\n    if (done) {\n"
        '        text = "done";\n    } else {\n        /* Still to come. */\n'
        '        text = "open";\n    }\n    return text;\n}'
    ),
    (
        "const char *label(int done) {\n    /* Still to come. */\n"
        '    return done ? "done" : "open";\n}'
    ),
)
_WISH: Final = "simplify `label`"


def fence(language: Language) -> str:
    """Return what stands behind the three backticks."""
    return FENCES.get(language, language.value)


def briefing_for(language: Language) -> Briefing:
    """Return what the model is told about functions of a language."""
    before, after = _EXAMPLES.get(language, _C)
    mark = fence(language)
    return Briefing(
        system=_SYSTEM.format(name=_NAMES[language]),
        examples=((rewriting.question(_WISH, mark, before), f"```{mark}\n{after}\n```"),),
    )
