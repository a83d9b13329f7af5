"""What views say of the work of models."""

import pytest

from nanobot_server.host.view import hit_rate


@pytest.mark.parametrize(
    ("cached", "read", "rate"), [(136, 324, 0.42), (0, 7, 0.0), (7, 7, 1.0), (0, 0, None)]
)
def test_the_hit_rate_is_the_part_that_was_not_read_again(
    cached: int, read: int, rate: float | None
) -> None:
    assert hit_rate(cached, read) == rate
