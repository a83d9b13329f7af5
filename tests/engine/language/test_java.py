import pytest

from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import planned
from support.renamed import check_rename

_SOURCES = {
    "src/p/q/Shape.java": """
        package p.q;
        public abstract class Shape implements Comparable<Shape> {
            protected int size;
            public static int count = 0;
            public Shape(int size) { this.size = size; count++; }
            public abstract int area();
            public int size() { return size; }
            @Override public int compareTo(Shape other) { return size - other.size; }
            public enum Kind { BIG; int area() { return 1; } }
        }
    """,
    "src/p/q/Square.java": """
        package p.q;
        public class Square extends Shape {
            public Square(int size) { super(size); }
            @Override public int area() { return size * size() + super.size; }
        }
    """,
    "src/app/Main.java": """
        package app;
        import p.q.Shape;
        import static p.q.Shape.count;
        import java.util.*;
        class Main {
            interface Sized { int area(); }
            static int sum(List<Shape> shapes, Sized other) {
                int size = 0;
                for (Shape shape : shapes) { size += shape.area() + shape.size(); }
                Shape.Kind kind = Shape.Kind.BIG;
                Comparator<Shape> by = Comparator.comparing(Shape::size);
                return size + other.area() + count + p.q.Shape.count + kind.area();
            }
        }
    """,
}


def _after(*edits: tuple[str, str, str]) -> dict[str, str]:
    """Return the files with texts replaced, given as (end of the path, before, after)."""
    texts = dict(_SOURCES)
    for end, before, after in edits:
        (path,) = (one for one in texts if one.endswith(end))
        assert before in texts[path], before
        texts[path] = texts[path].replace(before, after)
    return texts


def test_a_class_of_java_is_renamed_in_all_packages_with_its_file() -> None:
    texts = _after(
        ("Shape.java", "Shape", "Figure"),
        ("Square.java", "Shape", "Figure"),
        ("Main.java", "Shape", "Figure"),
    )
    after: dict[str, str | None] = dict(texts)
    after["src/p/q/Figure.java"] = after["src/p/q/Shape.java"]
    after["src/p/q/Shape.java"] = None
    check_rename(_SOURCES, after, "src/p/q/Shape.java::Shape", "Figure")


def test_a_method_of_java_is_renamed_with_what_overrides_it() -> None:
    after = _after(
        ("Shape.java", "abstract int area", "abstract int surface"),
        ("Square.java", "int area", "int surface"),
        ("Main.java", "shape.area()", "shape.surface()"),
    )
    check_rename(_SOURCES, after, "src/p/q/Shape.java::Shape.area", "surface")
    after = _after(
        ("Shape.java", "int size()", "int width()"),
        ("Square.java", "size()", "width()"),
        ("Main.java", "shape.size()", "shape.width()"),
        ("Main.java", "Shape::size", "Shape::width"),
    )
    check_rename(_SOURCES, after, "src/p/q/Shape.java::Shape.size()", "width")


def test_fields_and_inner_types_of_java_are_renamed_through_imports_and_full_names() -> None:
    after = _after(
        ("Shape.java", "count", "total"),
        ("Main.java", "Shape.count", "Shape.total"),
        ("Main.java", "+ count +", "+ total +"),
    )
    check_rename(_SOURCES, after, "src/p/q/Shape.java::Shape.count", "total")
    after = _after(("Shape.java", "Kind", "Sort"), ("Main.java", "Shape.Kind", "Shape.Sort"))
    check_rename(_SOURCES, after, "src/p/q/Shape.java::Shape.Kind", "Sort")
    after = _after(
        ("Main.java", "int size", "int all"),
        ("Main.java", "size +=", "all +="),
        ("Main.java", "return size", "return all"),
    )
    check_rename(_SOURCES, after, "src/app/Main.java::Main.sum.size", "all")


def test_what_java_does_not_allow_is_refused() -> None:
    shape = "src/p/q/Shape.java::Shape"
    with pytest.raises(UnsafeError, match="asks for 'compareTo'"):
        planned(Rename(), _SOURCES, symbol=f"{shape}.compareTo", new_name="order")
    with pytest.raises(UnsafeError, match="declares it already"):
        planned(Rename(), _SOURCES, symbol=shape, new_name="Square")
    with pytest.raises(UnsafeError, match="uses a type of that name"):
        planned(Rename(), _SOURCES, symbol=shape, new_name="List")
    with pytest.raises(ArgumentError, match=r"declared more than once, in lines 3, 7"):
        planned(Rename(), _SOURCES, symbol=f"{shape}.size", new_name="width")


def test_a_class_that_another_package_gives_is_another_one() -> None:
    before = {
        "p/Shape.java": "package p;\npublic class Shape { void drawAll() {} }\n",
        "q/A.java": "package q;\nimport p.Shape;\nclass A { void f(Shape s) { s.drawAll(); } }\n",
        "q/B.java": "package q;\nimport x.Shape;\nclass B { void f(Shape s) { s.drawAll(); } }\n",
    }
    after = {path: text.replace("drawAll", "paint") for path, text in before.items()}
    check_rename(
        before, after | {"q/B.java": before["q/B.java"]}, "p/Shape.java::Shape.drawAll", "paint"
    )


def test_what_an_inner_class_inherits_hides_the_method_of_the_outer_one() -> None:
    before = {
        "p/Base.java": "package p;\nclass Base { void stop() {} }\n",
        "p/A.java": """
            package p;
            class A {
                void stop() {}
                class B extends Base { void run() { stop(); } }
                class C { void run() { stop(); } }
            }
        """,
    }
    after = {
        "p/A.java": """
            package p;
            class A {
                void halt() {}
                class B extends Base { void run() { stop(); } }
                class C { void run() { halt(); } }
            }
        """,
    }
    check_rename(before, after, "p/A.java::A.stop", "halt")


def test_a_method_is_renamed_from_the_class_that_overrides_it() -> None:
    after = _after(
        ("Shape.java", "abstract int area", "abstract int space"),
        ("Square.java", "int area", "int space"),
        ("Main.java", "shape.area()", "shape.space()"),
    )
    check_rename(_SOURCES, after, "src/p/q/Square.java::Square.area", "space")
