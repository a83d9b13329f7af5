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
