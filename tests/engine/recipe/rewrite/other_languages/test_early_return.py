"""Early returns that a program makes in languages with braces."""

from textwrap import dedent

import pytest

from support.code_rewrite import by_program

WISH = "use early returns in {path}"


def check(path: str, before: str, after: str | None) -> None:
    """The only place that knows the API under test."""
    old = dedent(before).lstrip("\n")
    new = dedent(after).lstrip("\n") if after is not None else old
    assert by_program(path, old, WISH.format(path=path)) == new


def test_the_end_of_a_function_becomes_a_guard() -> None:
    check(
        "src/a.js",
        """
        export function f(a) {
          if (a && b) {
            // Why.
            g(a);

            h();
          }
        }
        """,
        """
        export function f(a) {
          if (!(a && b)) {
            return;
          }
          // Why.
          g(a);

          h();
        }
        """,
    )


def test_a_loop_of_go_goes_on_with_the_next_round() -> None:
    check(
        "src/a.go",
        """
        package a

        func (t *T) f(a int) {
        \tfor _, x := range t.all {
        \t\tif x != a {
        \t\t\tg(x)
        \t\t\th(x)
        \t\t}
        \t}
        }
        """,
        """
        package a

        func (t *T) f(a int) {
        \tfor _, x := range t.all {
        \t\tif x == a {
        \t\t\tcontinue
        \t\t}
        \t\tg(x)
        \t\th(x)
        \t}
        }
        """,
    )


def test_the_last_value_of_a_function_of_rust_becomes_a_guard() -> None:
    check(
        "src/a.rs",
        """
        impl T {
            fn f(&self, a: u8) -> u8 {
                if a == 1 {
                    g();
                    return 2;
                }
                3
            }
        }
        """,
        """
        impl T {
            fn f(&self, a: u8) -> u8 {
                if a != 1 {
                    return 3;
                }
                g();
                return 2;
            }
        }
        """,
    )


def test_an_else_of_java_behind_what_leaves_goes() -> None:
    check(
        "src/A.java",
        """
        class A {
            int f(int a) {
                if (a == 1) {
                    return 1;
                } else {
                    // Why.
                    g();
                    return 2;
                }
            }
        }
        """,
        """
        class A {
            int f(int a) {
                if (a == 1) {
                    return 1;
                }
                // Why.
                g();
                return 2;
            }
        }
        """,
    )


def test_a_short_else_of_c_becomes_the_guard() -> None:
    check(
        "src/a.c",
        """
        static int f(int *a)
        {
            if (!a)
            {
                x = 1;
                return g(x);
            }
            else
            {
                return -1;
            }
        }
        """,
        """
        static int f(int *a)
        {
            if (a)
            {
                return -1;
            }
            x = 1;
            return g(x);
        }
        """,
    )


def test_a_method_of_cpp_is_left_before_its_lock_is_taken() -> None:
    check(
        "src/a.cpp",
        """
        void A::f(int a) {
            if (a < 1) {
                Lock lock(a);
                g();
            }
        }
        """,
        """
        void A::f(int a) {
            if (!(a < 1)) {
                return;
            }
            Lock lock(a);
            g();
        }
        """,
    )


def test_an_else_if_behind_what_leaves_stands_for_itself() -> None:
    check(
        "src/a.ts",
        """
        class A {
          f(a: number): number {
            if (a === 1) {
              return 1;
            } else if (a === 2) {
              return 2;
            } else {
              return 3;
            }
          }
        }
        """,
        """
        class A {
          f(a: number): number {
            if (a === 1) {
              return 1;
            }
            if (a === 2) {
              return 2;
            }
            return 3;
          }
        }
        """,
    )


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        # A text over several lines means something by its white space.
        ("src/a.js", "function f(a) {|  if (a) {|    g(`x|    y`);|    h();|  }|}|"),
        (
            "src/a.c",
            "void f(int a) {|    if (a) {|#ifdef X|        g();|#endif|        h();|    }|}|",
        ),
        # The name of the condition is needed behind it.
        ("src/a.rs", "fn f() {|    if let Some(x) = g() {|        h(x);|        i(x);|    }|}|"),
        ("src/a.go", "package a||func f() {|\tif x := g(); x != 1 {|\t\th(x)|\t\ti(x)|\t}|}|"),
        # What is declared would be seen by more.
        (
            "src/a.js",
            (
                "function f(a) {|  if (a) {|    return 1;|  } else {|    let b = 1;|    g(b);|  }|"
                "  h(b);|}|"
            ),
        ),
        # The lock would be held for longer.
        (
            "src/a.cpp",
            (
                "int f(int a) {|    if (a) {|        return 1;|    } else {|        Lock l;|"
                "        g();|    }|    return h();|}|"
            ),
        ),
        (
            "src/a.js",
            "function f(a) {|  if (a) {|    return 1;|  } // Why.|  else {|    return 2;|  }|}|",
        ),
        # One of several cases.
        (
            "src/a.js",
            (
                "function f(a) {|  if (a) {|    if (b) {|      g();|      h();|    }|"
                "  } else if (c) {|    i();|  }|}|"
            ),
        ),
        # What follows would be written twice, and is long.
        ("src/a.js", "function f(a) {|  if (a) {|    g();|    h();|  }|  return g(a);|}|"),
        (
            "src/a.c",
            "void f(int a) {|    if (a) {|        g();|        goto end;|    }|end:|    h();|}|",
        ),
    ],
)
def test_what_is_not_proved_or_laid_out_otherwise_stays(path: str, lines: str) -> None:
    check(path, lines.replace("|", "\n"), None)


def test_line_ends_and_indentation_of_the_file_stay() -> None:
    text = (
        "class A {\r\n\tf() {\r\n\t\tif (a) {\r\n\t\t\tg();\r\n\t\t\th();\r\n\t\t}\r\n\t}\r\n}\r\n"
    )
    found = by_program("src/a.js", text, "use early returns in src/a.js")
    assert found == (
        "class A {\r\n\tf() {\r\n\t\tif (!a) {\r\n\t\t\treturn;\r\n\t\t}\r\n\t\tg();\r\n"
        "\t\th();\r\n\t}\r\n}\r\n"
    )
