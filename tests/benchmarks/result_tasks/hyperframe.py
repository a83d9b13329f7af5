"""Tasks about hyperframe."""

from typing import Final

from benchmarks import result_checks as check
from benchmarks import result_task as task

_MAKE: Final = task.Tasks("hyperframe")
_H: Final = "src/hyperframe/"
_FRAME: Final = _H + "frame.py"
_ERRORS: Final = _H + "exceptions.py"
TASKS: Final[tuple[task.Task, ...]] = (
    _MAKE.one(
        task.PRECISE, "rename class",
        "Rename the exception `InvalidDataError` of `src/hyperframe/exceptions.py` to"
        " `InvalidFieldError`, in the code, the tests and the documentation.",
        task.rename(_ERRORS + "::InvalidDataError", "InvalidFieldError", task.DOCS),
        check.defines(_ERRORS, "InvalidFieldError"), check.gone("InvalidDataError"),
        check.has("docs/source/api.rst", r"hyperframe\.exceptions\.InvalidFieldError"),
    ),
    _MAKE.one(
        task.PRECISE, "rename constant",
        "Rename `FRAME_MAX_ALLOWED_LEN`, defined at the top of `src/hyperframe/frame.py`, to"
        " `FRAME_LEN_LIMIT`.",
        task.rename(_FRAME + "::FRAME_MAX_ALLOWED_LEN", "FRAME_LEN_LIMIT", task.ANY_TEXTS),
        check.defines(_FRAME, "FRAME_LEN_LIMIT"), check.gone("FRAME_MAX_ALLOWED_LEN"),
    ),
    _MAKE.one(
        task.PRECISE, "move module",
        "Rename the file `src/hyperframe/flags.py` to `src/hyperframe/frame_flags.py` and adapt"
        " every import of it.",
        task.Planned("move module", {"module": _H + "flags.py", "target": _H + "frame_flags.py"}),
        check.exists(_H + "frame_flags.py"), check.is_gone(_H + "flags.py"),
        check.lacks_text("tests/", r"hyperframe\.flags"),
        check.has(_FRAME, r"^from \.frame_flags import"),
    ),
    _MAKE.one(
        task.PRECISE, "method to function",
        "Make the static method `Frame.explain` of `src/hyperframe/frame.py` a plain function"
        " `explain` of the same module and update its callers.",
        task.Planned("method to function", {"method": _FRAME + "::Frame.explain",
                                            "new_name": ("", "explain")}),
        check.defines(_FRAME, "explain"), check.lacks(_FRAME, "Frame.explain"),
    ),
    _MAKE.one(
        task.PRECISE, "extract variable",
        "In the method `DataFrame.parse_body` of `src/hyperframe/frame.py`, store the value of"
        " `len(data)` in a local variable `data_length` and use that.",
        task.Planned("extract variable", {"function": _FRAME + "::DataFrame.parse_body",
                                          "expression": "len(data)", "new_name": "data_length"}),
        check.has(_FRAME, r"^        data_length = len\(data\)"),
        check.has(_FRAME, r"self\.body_len = data_length"), check.only(_FRAME),
    ),
    _MAKE.one(
        task.LOOSE, "rename function",
        "I never remember what _raw_data_repr in frame.py does. shortened_hex would tell me",
        task.rename(_FRAME + "::_raw_data_repr", "shortened_hex", task.ANY_TEXTS),
        check.defines(_FRAME, "shortened_hex"), check.gone("_raw_data_repr"),
    ),
    _MAKE.one(
        task.LOOSE, "rename attribute",
        "frames have an attribute body_len, please spell it out as body_length",
        task.rename(_FRAME + "::Frame.body_len", "body_length", task.ANY_TEXTS),
        check.defines(_FRAME, "Frame.body_length"), check.gone("body_len"),
    ),
    _MAKE.one(
        task.LOOSE, "move symbols",
        "take the NamedTuple Flag out of flags.py and give it its own file,"
        " src/hyperframe/flag.py",
        task.Planned("move|split module", {"symbols": _H + "flags.py::Flag",
                                           "target": _H + "flag.py"}),
        check.defines(_H + "flag.py", "Flag"), check.lacks(_H + "flags.py", "Flag"),
    ),
    _MAKE.one(
        task.LOOSE, "merge modules",
        "flags.py is so small that its contents may as well go to frame.py, then we can drop"
        " the file",
        task.Planned("merge modules", {"module": _H + "flags.py", "target": _FRAME}),
        check.defines(_FRAME, "Flag", "Flags"), check.is_gone(_H + "flags.py"),
    ),
    _MAKE.one(
        task.LOOSE, "add tests",
        "there are no tests that call _raw_data_repr directly, could you write a few?",
        task.Planned("test"), check.tested("_raw_data_repr"), check.only("tests/"),
    ),
    _MAKE.one(
        task.LOOSE, "add parameter",
        "let Frame.explain take an extra argument verbose which is True unless given",
        task.Planned("add parameter", {"function": _FRAME + "::Frame.explain",
                                       "parameter": "verbose", "default": "True",
                                       "annotation": ("", "bool")}),
        check.has(_FRAME, r"def explain\(data: memoryview, verbose(: bool)? ?= ?True\)"),
        check.only(_FRAME),
    ),
    _MAKE.one(
        task.TERSE, "add __all__", "__all__ in frame n exceptions",
        task.beneath("add all", f"{_FRAME},{_ERRORS}", f"{_ERRORS},{_FRAME}"),
        check.defines(_FRAME, "__all__"), check.defines(_ERRORS, "__all__"),
        check.only(_FRAME, _ERRORS),
    ),
    _MAKE.one(
        task.TERSE, "rename class", "UnknownFrame exception -> UnrecognizedFrameError",
        task.rename(_ERRORS + "::UnknownFrameError", "UnrecognizedFrameError", task.ANY_TEXTS),
        check.defines(_ERRORS, "UnrecognizedFrameError"), check.gone("UnknownFrameError"),
    ),
    _MAKE.one(
        task.TERSE, "keyword-only parameters", "strict kw only in parse_frame_heder",
        task.Planned("make keyword only", {"function": _FRAME + "::Frame.parse_frame_header",
                                           "parameter": "strict"}),
        check.signature(_FRAME, "Frame.parse_frame_header",
                        "header: memoryview, *, strict: bool=False"),
    ),
    _MAKE.refused(task.TERSE, "just delete whatever tests fail"),
)  # fmt: skip
