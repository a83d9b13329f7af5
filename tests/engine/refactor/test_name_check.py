import pytest

from nanobot_engine.edit import source_from_bytes
from nanobot_engine.python import Inference, PythonProject, read_python
from nanobot_engine.refactor.name_check import new_problems, undefined_names, unused_imports


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("m.py", "import os\nimport a.b\nfrom c import d, e as f\n", {"os", "a", "d", "f"}),
        ("m.py", "import os\nfrom c import d\nos.d\n", {"d"}),
        ("m.py", "import a as a\nfrom c import d as d\n", set()),
        ("m.py", "from c import d\n__all__ = ['d']\n", set()),
        ("m.py", "from __future__ import annotations\nfrom c import *\n", set()),
        ("p/__init__.py", "from c import d\n", set()),
        ("m.py", "def f():\n    import os\n    def g(): return os\n", set()),
    ],
)
def test_imports_that_nothing_uses(path: str, text: str, names: set[str]) -> None:
    assert unused_imports(read_python(source_from_bytes(path, text.encode()))) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x = 1\nx, y, print, __file__\n", {"y"}),
        ("def f(a): return a, b\n", {"b"}),
        ("class A:\n    x = x\n", {"x"}),
        ("from elsewhere import *\ny\n", set()),
        ("from n import *\nf, g\n", {"g"}),
    ],
)
def test_names_that_nothing_defines(text: str, names: set[str]) -> None:
    project = PythonProject({"m.py": text.encode(), "n.py": b"f = 1\n"})
    file = project.file("m.py")
    assert file is not None

    assert undefined_names(file, Inference(project)) == names


def test_an_import_that_nothing_used_before_may_move() -> None:
    idle = "def f():\n    import socks\n"
    was = PythonProject({"m.py": f"{idle}x = 1\n".encode()})
    now = PythonProject({"m.py": b"import os\nx = 1\n", "n.py": idle.encode()})
    files = [{file.path: file for file in project.files()} for project in (was, now)]

    assert new_problems(*files, was=Inference(was), now=Inference(now)) == [
        "m.py: 'os' is imported and not used"
    ]
