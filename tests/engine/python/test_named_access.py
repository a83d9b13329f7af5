"""Names that programs hold in strings: marked as in `support.marked`."""

from support.marked import check


def test_attributes_named_in_strings() -> None:
    check(
        "m.py",
        "Box.size",
        {
            "m.py": """
                from unittest import mock
                class Box:
                    def __init__(self, monkeypatch):
                        self.«size» = 0
                        object.__setattr__(self, "«size»", 1)
                        super().__setattr__("«size»", 1)
                        self.__dict__["«size»"] += self.__dict__.get("«size»")
                        monkeypatch.setattr(self, "«size»", 2)
                        mock.patch.object(Box, "«size»")
                        getattr(self, "«size»").bit_length()
                        {"size": 1}["size"]
            """
        },
    )


def test_names_of_a_module_in_strings() -> None:
    check(
        "m.py",
        "size",
        {
            "m.py": """
                «size» = 1
                globals()["«size»"] = globals().get("«size»")
                "%(«size»)s" % globals()
                "{«size»!r} {size_} size".format(**globals())
                "{size}".format(size=2)
                def f(size): return "{size}".format(**locals())
            """,
            "test_m.py": """
                import m
                def test_m(monkeypatch):
                    monkeypatch.setattr(m, "«size»", 2)
                    assert getattr(m, "«size»") == 2 == m.«size»
            """,
        },
    )


def test_a_name_of_a_function_in_strings() -> None:
    check(
        "m.py",
        "f.<locals>.size",
        {
            "m.py": """
                def f(«size»):
                    print("{«size»}".format(**locals()), "%(«size»)s" % vars())
                    return locals()["«size»"]
            """
        },
    )
