from nanobot_engine.refactor.codebase import Codebase


def test_a_file_that_is_no_python_file_is_none() -> None:
    project = Codebase({"a.py": b"x = 1\n", "docs/a.rst": b"See a.\n"}).project

    assert project.file("a.py") is not None
    assert project.file("docs/a.rst") is None
    assert project.file("nowhere.py") is None
