from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import planned
from support.renamed import check_rename


def test_a_function_of_c_is_renamed_with_its_prototype_macros_and_callers() -> None:
    check_rename(
        {
            "include/text.h": """
                #ifndef TEXT_H
                #define TEXT_H
                #define TRIM_ALL(x) do { trim(x); puts("trim"); } while (0)
                struct trim { int trim; };
                API int trim(const char *line);
                #endif
            """,
            "text.c": """
                #include "text.h"
                int trim(const char *line) { return line ? trim(line + 1) : 0; }
            """,
            "app.c": """
                #include <text.h>
                struct trim t;
                int main(void) { int (*f)(const char *) = trim; TRIM_ALL(""); return t.trim; }
                int other(int trim) { return trim; }
            """,
            "alone.c": "static int trim(int x) { return x; }\nint two(void) { return trim(2); }\n",
        },
        {
            "include/text.h": """
                #ifndef TEXT_H
                #define TEXT_H
                #define TRIM_ALL(x) do { strip(x); puts("trim"); } while (0)
                struct trim { int trim; };
                API int strip(const char *line);
                #endif
            """,
            "text.c": """
                #include "text.h"
                int strip(const char *line) { return line ? strip(line + 1) : 0; }
            """,
            "app.c": """
                #include <text.h>
                struct trim t;
                int main(void) { int (*f)(const char *) = strip; TRIM_ALL(""); return t.trim; }
                int other(int trim) { return trim; }
            """,
        },
        "text.c::trim",
        "strip",
    )


def test_a_field_of_c_is_renamed_behind_values_of_its_type() -> None:
    check_rename(
        {
            "a.h": """
                typedef struct box_s box;
                struct box_s { int size; struct box_s *next; };
                typedef struct { int size; } cup;
            """,
            "a.c": """
                #include "a.h"
                static box boxes[2];
                int f(box *b, cup *c, struct box_s d) {
                    box e = { .size = 1 };
                    return b->size + c->size + d.size + e.size + boxes[1].size;
                }
            """,
        },
        {
            "a.h": """
                typedef struct box_s box;
                struct box_s { int width; struct box_s *next; };
                typedef struct { int size; } cup;
            """,
            "a.c": """
                #include "a.h"
                static box boxes[2];
                int f(box *b, cup *c, struct box_s d) {
                    box e = { .width = 1 };
                    return b->width + c->size + d.width + e.width + boxes[1].width;
                }
            """,
        },
        "a.h::box_s.size",
        "width",
    )


def test_members_and_namespaces_of_cpp_are_renamed_across_files() -> None:
    before = {
        "box.hpp": """
            namespace app {
            class Box {
             public:
              Box() : size_(0) {}
              int area() const;
              int& size();
             protected:
              int size_;
            };
            class Cup : public Box { int twice() { return area() * 2; } };
            class Other { int area(); };
            int free_area(int x);
            }
        """,
        "box.cpp": """
            #include "box.hpp"
            namespace app {
            int Box::area() const { return size_ * size_; }
            int& Box::size() { return this->size_; }
            int Other::area() { return app::free_area(1); }
            }
            int use(app::Box& box, app::Other* other) { return box.area() + other->area(); }
        """,
    }
    change = {
        path: text.replace("int area() const", "int surface() const")
        .replace("return area() * 2", "return surface() * 2")
        .replace("Box::area()", "Box::surface()")
        .replace("box.area()", "box.surface()")
        for path, text in before.items()
    }
    check_rename(before, change, "box.hpp::app.Box.area", "surface")
    field = {path: text.replace("size_", "side_") for path, text in before.items()}
    check_rename(before, field, "box.hpp::app.Box.size_", "side_")
    classes = {
        path: text.replace("Box()", "Crate()").replace("class Box", "class Crate")
        .replace("public Box", "public Crate").replace("Box::", "Crate::")
        .replace("app::Box", "app::Crate")
        for path, text in before.items()
    }  # fmt: skip
    check_rename(before, classes, "box.hpp::app.Box", "Crate")
    free = {path: text.replace("free_area", "field") for path, text in before.items()}
    check_rename(before, free, "box.hpp::app.free_area", "field")


def test_a_member_hides_the_function_of_its_name_inside_of_its_class_and_its_heirs() -> None:
    before = {
        "a.hpp": """
            void stop(int how);
            struct Base { void stop(int how); void own(); };
            struct Job : Base { void run() { stop(1); ::stop(2); } };
            struct Free { void run() { stop(3); } };
        """,
        "a.cpp": """
            #include "a.hpp"
            void stop(int how) { (void)how; }
            void Base::own() { stop(4); }
            void all() { stop(5); }
        """,
    }
    after = {
        "a.hpp": """
            void halt(int how);
            struct Base { void stop(int how); void own(); };
            struct Job : Base { void run() { stop(1); ::halt(2); } };
            struct Free { void run() { halt(3); } };
        """,
        "a.cpp": """
            #include "a.hpp"
            void halt(int how) { (void)how; }
            void Base::own() { stop(4); }
            void all() { halt(5); }
        """,
    }
    check_rename(before, after, "a.hpp::stop", "halt")


def test_where_a_template_may_have_a_member_of_the_name_a_call_is_in_doubt() -> None:
    text = """\
void stop();
template <class T> struct Base { void stop(); };
template <class T> struct Job : Base<T> { void run() { stop(); } };
struct Far : Elsewhere { void run() { stop(); } };
"""
    change = planned(Rename(), {"a.cpp": text}, symbol="a.cpp::stop", new_name="halt")

    assert [doubt.question for doubt in change.doubts] == ["line 3: does stop mean stop of a.cpp?"]
    assert change.applied({"a.cpp": text.encode()})["a.cpp"].decode() == text.replace(
        "void stop();\ntem", "void halt();\ntem"
    ).replace("Elsewhere { void run() { stop", "Elsewhere { void run() { halt")
    likely = [one.start_byte for file in change.plan.files for one in file.edits if one.is_likely]
    assert likely == [text.rindex("stop")]


def test_a_method_defined_outside_of_its_class_does_not_use_a_member_of_another_class() -> None:
    before = {
        "a.cpp": """
            struct A { void stop(); void own(); };
            struct B { void run(); };
            void A::own() { stop(); }
            void B::run() { stop(); }
        """
    }
    after = {
        "a.cpp": """
            struct A { void halt(); void own(); };
            struct B { void run(); };
            void A::own() { halt(); }
            void B::run() { stop(); }
        """
    }
    check_rename(before, after, "a.cpp::A.stop", "halt")
