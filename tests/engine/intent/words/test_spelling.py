import pytest

from nanobot_engine.intent.words.spelling import fit, in_style_of, parts_of


def score(written: str, name: str) -> float:
    how = fit(written, name)
    return how.score if how is not None else 0.0


def test_names_are_cut_into_parts() -> None:
    assert parts_of("HTTPServerError2") == ("http", "server", "error", "2")
    assert parts_of("load_cfg") == ("load", "cfg")


@pytest.mark.parametrize(
    ("written", "better", "worse"),
    [
        ("load_cfg", "load_cfg", "Load_Cfg"),
        ("load config", "load_config", "load_cfg"),
        ("load config", "load_cfg", "load_cfg_file"),
        ("bytes to int", "bytes_to_int", "_bytes_to_int"),
        ("get current context", "get_current_context", "get_context"),
        ("recieve", "receive", "recite"),
        ("LoadConfig", "load_config", "load_configs_of_all"),
        ("push ctx", "push_context", "context"),
    ],
)
def test_what_fits_better(written: str, better: str, worse: str) -> None:
    assert score(written, better) > score(written, worse)


@pytest.mark.parametrize(
    ("written", "other"),
    [("load", "save"), ("send", "sent_mail_of_user"), ("a", "b"), ("", "x"), ("size", "name")],
)
def test_what_does_not_fit(written: str, other: str) -> None:
    assert score(written, other) < 0.42


@pytest.mark.parametrize(
    ("words", "old", "new"),
    [
        ("read settings", "load_cfg", "read_settings"),
        ("read settings", "LoadCfg", "ReadSettings"),
        ("read settings", "LOAD_CFG", "READ_SETTINGS"),
        ("readSettings", "LOAD_CFG", "readSettings"),
    ],
)
def test_words_become_a_name_in_the_style_of_another(words: str, old: str, new: str) -> None:
    assert in_style_of(words, old) == new
