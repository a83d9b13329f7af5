"""Tasks about hyperframe."""

from typing import Final

from benchmarks.result_checks import (
    defines,
    exists,
    gone,
    has,
    is_gone,
    lacks,
    lacks_text,
    only,
    signature,
    tested,
)
from benchmarks.result_task import (
    ANY_TEXTS,
    DOCS,
    LOOSE,
    PRECISE,
    TERSE,
    Planned,
    Task,
    Tasks,
    beneath,
    rename,
)

_MAKE: Final = Tasks("hyperframe")
_H: Final = "src/hyperframe/"
_FRAME: Final = _H + "frame.py"
_ERRORS: Final = _H + "exceptions.py"
TASKS: Final[tuple[Task, ...]] = (
    _MAKE.one(
        PRECISE, "rename class",
        "Rename the exception `InvalidDataError` of `src/hyperframe/exceptions.py` to"
        " `InvalidFieldError`, in the code, the tests and the documentation.",
        rename(_ERRORS + "::InvalidDataError", "InvalidFieldError", DOCS),
        defines(_ERRORS, "InvalidFieldError"), gone("InvalidDataError"),
        has("docs/source/api.rst", r"hyperframe\.exceptions\.InvalidFieldError"),
    ),
    _MAKE.one(
        PRECISE, "rename constant",
        "Rename `FRAME_MAX_ALLOWED_LEN`, defined at the top of `src/hyperframe/frame.py`, to"
        " `FRAME_LEN_LIMIT`.",
        rename(_FRAME + "::FRAME_MAX_ALLOWED_LEN", "FRAME_LEN_LIMIT", ANY_TEXTS),
        defines(_FRAME, "FRAME_LEN_LIMIT"), gone("FRAME_MAX_ALLOWED_LEN"),
    ),
    _MAKE.one(
        PRECISE, "move module",
        "Rename the file `src/hyperframe/flags.py` to `src/hyperframe/frame_flags.py` and adapt"
        " every import of it.",
        Planned("move module", {"module": _H + "flags.py", "target": _H + "frame_flags.py"}),
        exists(_H + "frame_flags.py"), is_gone(_H + "flags.py"),
        lacks_text("tests/", r"hyperframe\.flags"), has(_FRAME, r"^from \.frame_flags import"),
    ),
    _MAKE.one(
        PRECISE, "method to function",
        "Make the static method `Frame.explain` of `src/hyperframe/frame.py` a plain function"
        " `explain` of the same module and update its callers.",
        Planned("method to function", {"method": _FRAME + "::Frame.explain",
                                       "new_name": ("", "explain")}),
        defines(_FRAME, "explain"), lacks(_FRAME, "Frame.explain"),
    ),
    _MAKE.one(
        PRECISE, "extract variable",
        "In the method `DataFrame.parse_body` of `src/hyperframe/frame.py`, store the value of"
        " `len(data)` in a local variable `data_length` and use that.",
        Planned("extract variable", {"function": _FRAME + "::DataFrame.parse_body",
                                     "expression": "len(data)", "new_name": "data_length"}),
        has(_FRAME, r"^        data_length = len\(data\)"),
        has(_FRAME, r"self\.body_len = data_length"), only(_FRAME),
    ),
    _MAKE.one(
        LOOSE, "rename function",
        "I never remember what _raw_data_repr in frame.py does. shortened_hex would tell me",
        rename(_FRAME + "::_raw_data_repr", "shortened_hex", ANY_TEXTS),
        defines(_FRAME, "shortened_hex"), gone("_raw_data_repr"),
    ),
    _MAKE.one(
        LOOSE, "rename attribute",
        "frames have an attribute body_len, please spell it out as body_length",
        rename(_FRAME + "::Frame.body_len", "body_length", ANY_TEXTS),
        defines(_FRAME, "Frame.body_length"), gone("body_len"),
    ),
    _MAKE.one(
        LOOSE, "move symbols",
        "take the NamedTuple Flag out of flags.py and give it its own file,"
        " src/hyperframe/flag.py",
        Planned("move|split module", {"symbols": _H + "flags.py::Flag",
                                      "target": _H + "flag.py"}),
        defines(_H + "flag.py", "Flag"), lacks(_H + "flags.py", "Flag"),
    ),
    _MAKE.one(
        LOOSE, "merge modules",
        "flags.py is so small that its contents may as well go to frame.py, then we can drop"
        " the file",
        Planned("merge modules", {"module": _H + "flags.py", "target": _FRAME}),
        defines(_FRAME, "Flag", "Flags"), is_gone(_H + "flags.py"),
    ),
    _MAKE.one(
        LOOSE, "add tests",
        "there are no tests that call _raw_data_repr directly, could you write a few?",
        Planned("test"), tested("_raw_data_repr"), only("tests/"),
    ),
    _MAKE.one(
        LOOSE, "add parameter",
        "let Frame.explain take an extra argument verbose which is True unless given",
        Planned("add parameter", {"function": _FRAME + "::Frame.explain",
                                  "parameter": "verbose", "default": "True",
                                  "annotation": ("", "bool")}),
        has(_FRAME, r"def explain\(data: memoryview, verbose(: bool)? ?= ?True\)"), only(_FRAME),
    ),
    _MAKE.one(
        TERSE, "add __all__", "__all__ in frame n exceptions",
        beneath("add all", f"{_FRAME},{_ERRORS}", f"{_ERRORS},{_FRAME}"),
        defines(_FRAME, "__all__"), defines(_ERRORS, "__all__"), only(_FRAME, _ERRORS),
    ),
    _MAKE.one(
        TERSE, "rename class", "UnknownFrame exception -> UnrecognizedFrameError",
        rename(_ERRORS + "::UnknownFrameError", "UnrecognizedFrameError", ANY_TEXTS),
        defines(_ERRORS, "UnrecognizedFrameError"), gone("UnknownFrameError"),
    ),
    _MAKE.one(
        TERSE, "keyword-only parameters", "strict kw only in parse_frame_heder",
        Planned("make keyword only", {"function": _FRAME + "::Frame.parse_frame_header",
                                      "parameter": "strict"}),
        signature(_FRAME, "Frame.parse_frame_header",
                  "header: memoryview, *, strict: bool=False"),
    ),
    _MAKE.refused(TERSE, "just delete whatever tests fail"),
)  # fmt: skip
