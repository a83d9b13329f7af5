import pytest

from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.move.move_module import MoveModule
from support.refactored import check, planned


def test_a_module_gets_another_name() -> None:
    check(
        MoveModule(),
        {
            "app/__init__.py": "from . import util\nfrom .util import f\n",
            "app/util.py": "from . import other\nfrom .other import g\n\ndef f(): ...\n",
            "app/other.py": "def g(): ...\n",
            "app/cli.py": """
                import app.util
                import app.util as u
                from app import other, util
                from app.util import f
                import app

                def run(util=util):
                    return app.util.f, u.f, util.f, other
                util.f()
            """,
            "tests/test_util.py": """
                from unittest.mock import patch
                from app import util as un

                @patch("app.util.f")
                def test(fake): un.f()
            """,
            "plugins.ini": '[project.scripts]\nx = "app.util:f"\n',
            "README.md": "See app.util, not app.utility or my_app.util.\n",
        },
        {
            "app/__init__.py": "from . import tools\nfrom .tools import f\n",
            "app/util.py": None,
            "app/tools.py": "from . import other\nfrom .other import g\n\ndef f(): ...\n",
            "app/cli.py": """
                import app.tools
                import app.tools as u
                from app import other, tools
                from app.tools import f
                import app

                def run(util=tools):
                    return app.tools.f, u.f, util.f, other
                tools.f()
            """,
            "tests/test_util.py": """
                from unittest.mock import patch
                from app import tools as un

                @patch("app.tools.f")
                def test(fake): un.f()
            """,
            "plugins.ini": '[project.scripts]\nx = "app.tools:f"\n',
            "README.md": "See app.tools, not app.utility or my_app.util.\n",
        },
        module="app/util.py",
        target="app/tools.py",
    )


def test_a_module_moves_to_another_package() -> None:
    check(
        MoveModule(),
        {
            "p/__init__.py": "",
            "p/a.py": "from .b import g\nfrom . import b\nimport p.b\n\nf = g, b, p.b\n",
            "p/b.py": "g = 1\n",
            "p/c.py": "from .a import f\nfrom p.a import f as h\nimport p.a\n\np.a.f\n",
        },
        {
            "p/a.py": None,
            "p/q/__init__.py": "",
            "p/q/a.py": "from ..b import g\nfrom .. import b\nimport p.b\n\nf = g, b, p.b\n",
            "p/c.py": "from .q.a import f\nfrom p.q.a import f as h\nimport p.q.a\n\np.q.a.f\n",
        },
        module="p/a.py",
        target="p/q/a.py",
    )


def test_a_package_gets_another_name() -> None:
    check(
        MoveModule(),
        {
            "src/old/__init__.py": "from .a import f\nfrom old.sub import b\n",
            "src/old/a.py": "from .sub.b import g\n\ndef f(): return g\n",
            "src/old/sub/__init__.py": "",
            "src/old/sub/b.py": "from ..a import f\nimport old.a\n\ng = old.a.f\n",
            "tests/test_a.py": """
                import old
                from old import a
                import old.sub.b

                old.f, a, old.sub.b
            """,
        },
        {
            "src/old/__init__.py": None,
            "src/old/a.py": None,
            "src/old/sub/__init__.py": None,
            "src/old/sub/b.py": None,
            "src/new/__init__.py": "from .a import f\nfrom new.sub import b\n",
            "src/new/a.py": "from .sub.b import g\n\ndef f(): return g\n",
            "src/new/sub/__init__.py": "",
            "src/new/sub/b.py": "from ..a import f\nimport new.a\n\ng = new.a.f\n",
            "tests/test_a.py": """
                import new
                from new import a
                import new.sub.b

                new.f, a, new.sub.b
            """,
        },
        module="src/old",
        target="src/new",
    )


def test_where_the_new_name_is_taken_the_old_one_stays_as_an_alias() -> None:
    check(
        MoveModule(),
        {
            "p/__init__.py": "",
            "p/a.py": "",
            "p/c.py": "from p import a\n\ndef f(b): return a, b\n",
        },
        {
            "p/a.py": None,
            "p/b.py": "",
            "p/c.py": "from p import b as a\n\ndef f(b): return a, b\n",
        },
        module="p/a.py",
        target="p/b.py",
    )


def test_a_statement_that_imports_several_modules_is_split() -> None:
    check(
        MoveModule(),
        {
            "p/__init__.py": "",
            "p/a.py": "x = 1\n",
            "p/b.py": "",
            "p/d.py": "from . import a, b\nprint(a.x, b)\n",
            "c.py": "from p import a, b  # both\n\n\ndef f():\n    from p import (\n        a,\n"
            "        b as other,\n    )\n    return a.x, other\n\n\nprint(a.x, b)\n",
        },
        {
            "p/a.py": None,
            "p/q/__init__.py": "",
            "p/q/e.py": "x = 1\n",
            "p/d.py": "from . import b\nfrom .q import e\nprint(e.x, b)\n",
            "c.py": "from p import b  # both\nfrom p.q import e\n\n\ndef f():\n"
            "    from p import (\n"
            "        b as other,\n    )\n    from p.q import e\n    return e.x, other\n\n\n"
            "print(e.x, b)\n",
        },
        module="p/a.py",
        target="p/q/e.py",
    )


def test_what_can_not_be_followed_is_refused() -> None:
    files = {"p/__init__.py": "", "p/a.py": "", "p/b.py": "", "c.py": "from p import a, b\n"}

    with pytest.raises(ArgumentError, match="there is no such"):
        planned(MoveModule(), files, module="p/x.py", target="p/y.py")
    with pytest.raises(ArgumentError, match="no name that Python can import"):
        planned(MoveModule(), files, module="p/a.py", target="p/a-b.py")
    with pytest.raises(UnsafeError, match="is there already"):
        planned(MoveModule(), files, module="p/a.py", target="p/b.py")
