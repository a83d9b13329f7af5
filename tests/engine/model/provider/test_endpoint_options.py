"""What the user may say of an endpoint, and what is refused in words."""

import pytest

from nanobot_engine.model.catalogue.catalogue import Role
from nanobot_engine.model.provider.endpoint_options import EndpointOptions


def check_refused(words: str, **fields: object) -> None:
    """Build options with one thing wrong, and look at what is said."""
    with pytest.raises(ValueError, match=words):
        EndpointOptions(**{"base_url": "http://127.0.0.1:8080/v1", **fields})  # type: ignore[arg-type] # wrong on purpose


@pytest.mark.parametrize(
    "url", ["", "localhost:8080", "ftp://host/v1", "file:///etc/passwd", "http://", "//host/v1"]
)
def test_an_address_that_is_not_of_the_web_is_refused(url: str) -> None:
    check_refused("begins with http", base_url=url)


@pytest.mark.parametrize(
    "url", ["http://me:secret@host/v1", "https://host/v1?key=secret", "https://host/v1#secret"]
)
def test_a_secret_in_the_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="without user, query") as refused:
        EndpointOptions(base_url=url)

    assert "secret" not in str(refused.value)


def test_a_key_in_place_of_its_variable_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="not the key") as refused:
        EndpointOptions(base_url="https://host/v1", api_key_env="sk-0123")

    assert "0123" not in str(refused.value)


def test_a_key_is_never_sent_in_the_clear_beyond_this_machine() -> None:
    check_refused("use https", base_url="http://192.168.0.7:8000/v1", api_key_env="KEY")

    for url in ("http://localhost:1/v1", "http://127.0.0.2:1/v1", "http://[::1]:1/v1"):
        assert EndpointOptions(base_url=url, api_key_env="KEY").is_loopback
    assert not EndpointOptions(base_url="https://host/v1", api_key_env="KEY").is_loopback


def test_limits_are_checked() -> None:
    check_refused("port", base_url="http://host:99999/v1")
    check_refused("slots", slots=0)
    check_refused("context_tokens", context_tokens=10)
    check_refused("model of main", model_by_role={Role.MAIN: " "})


def test_the_key_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    options = EndpointOptions(base_url="https://host/v1", api_key_env="TRY_KEY")
    monkeypatch.delenv("TRY_KEY", raising=False)
    with pytest.raises(ValueError, match=r"TRY_KEY.*is not set"):
        options.api_key()

    monkeypatch.setenv("TRY_KEY", "bad\nInjected: header")
    with pytest.raises(ValueError, match="can not be sent") as refused:
        options.api_key()
    assert "Injected" not in str(refused.value)

    monkeypatch.setenv("TRY_KEY", " good-key ")
    assert options.api_key() == "good-key"
    assert EndpointOptions(base_url="https://host/v1").api_key() is None
