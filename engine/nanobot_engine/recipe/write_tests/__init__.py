"""The recipe "write tests": functions without tests get some that pin what they do today.

Start with `recipe`. Calls come from `call_input`, are made by `call_probe` in a confined
copy and read by `pinned_call`; `mutant` makes the mistakes that a test has to see, and
`pinned_file` is the file that is written.
"""

from nanobot_engine.recipe.write_tests.recipe import (
    EXAMPLE,
    NAME,
    from_arguments,
    goal_of,
    with_code,
)

__all__ = ["EXAMPLE", "NAME", "from_arguments", "goal_of", "with_code"]
