"""Sentences of no form that a rule knows, read by what they name and speak of."""

import asyncio

import pytest

from nanobot_engine.intent import NotUnderstoodError, Planner
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from support.refactored import encoded

BANK, MONEY, HELP = "bank/account.py", "bank/money.py", "tests/support_bank.py"
FILES = encoded(
    {
        "bank/__init__.py": "from bank.account import Account\n\n__all__ = ['Account']\n",
        BANK: """
            RATE = 3


            class OverdrawnError(Exception):
                pass


            class Account:
                def __init__(self):
                    self.total = 0

                def pay_in(self, amount, note="", silent=False):
                    self.total += amount
                    return len(note) + len(note)

                def round_off(self, amount):
                    return round(amount, 2)

                @staticmethod
                def as_words(amount):
                    return "%s Euro" % amount


            class Savings(Account):
                def close(self):
                    self.total = 0


            def interest_of(account, years=1):
                return account.total * years * RATE


            def penalty(account):
                return account.total
            """,
        MONEY: """
            def in_cents(amount):
                try:
                    return "{}".format(amount)
                except:
                    return None
            """,
        HELP: """
            def fake_account():
                return None
            """,
    }
)


def planned(sentence: str) -> list[tuple[str, dict[str, str]]]:
    planner = Planner(Codebase(FILES), tuple(REFACTORINGS.values()))
    plan = asyncio.run(planner.plan(sentence))
    assert not plan.open
    assert plan.sentence == sentence
    return [(part.refactoring, part.values()) for part in plan.parts]


def renamed(key: str, new_name: str) -> tuple[str, dict[str, str]]:
    return "rename", {"symbol": key, "new_name": new_name}


@pytest.mark.parametrize(
    ("sentence", "key", "new_name"),
    [
        (("Please rename `penalty` (a function of `bank/account.py`) to `late_fee`, along with"
         " its calls and its entry in `__all__`."), f"{BANK}::penalty", "late_fee"),
        (("fake_account, the helper of our tests, only ever makes one thing - so let's name it"
         " empty_account"), f"{HELP}::fake_account", "empty_account"),
        ("I never remember what interest_of in account.py does. yearly_interest would tell me",
         f"{BANK}::interest_of", "yearly_interest"),
        (("In `bank/account.py` the method `pay_in` of `Account` shall be named `deposit_cash`."
         " Change the calls in the tests as well."), f"{BANK}::Account.pay_in", "deposit_cash"),
        ("Overdrawn exception -> NotEnoughMoneyError", f"{BANK}::OverdrawnError",
         "NotEnoughMoneyError"),
        ("OverdrawnError > NotEnoughMoneyError", f"{BANK}::OverdrawnError", "NotEnoughMoneyError"),
    ],
)  # fmt: skip
def test_a_rename_in_other_words(sentence: str, key: str, new_name: str) -> None:
    assert planned(sentence) == [renamed(key, new_name)]


@pytest.mark.parametrize(
    "sentence",
    [
        (
            "take the exception OverdrawnError out of account.py and give it its own file,"
            " bank/problems.py"
        ),
        "OverdrawnError could live in a file of its own, bank/problems.py",
        (
            "Create a module `bank/problems.py` and move the exception class `OverdrawnError` from"
            " `bank/account.py` to it."
        ),
        (
            "Move `OverdrawnError` from `bank/account.py` to a new module `bank/problems.py`."
            " `bank.OverdrawnError` must still exist."
        ),
    ],
)
def test_a_move_in_other_words(sentence: str) -> None:
    [(refactoring, arguments)] = planned(sentence)

    assert refactoring in {"move", "split module"}
    assert arguments == {"symbols": f"{BANK}::OverdrawnError", "target": "bank/problems.py"}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("money.py is so short that its contents may as well go to account.py",
         ("merge modules", {"module": MONEY, "target": BANK})),
        ("acount.py shd be bank/ledger.py",
         ("move module", {"module": BANK, "target": "bank/ledger.py"})),
        (("The function `penalty` in `bank/account.py` needs another parameter, `strict`, at the"
         " end, whose default is `False`. No caller passes it yet."),
         ("add parameter", {"function": f"{BANK}::penalty", "parameter": "strict",
                            "default": "False"})),
        ("let Account.as_words take an extra argument verbose which is True unless given",
         ("add parameter", {"function": f"{BANK}::Account.as_words", "parameter": "verbose",
                            "default": "True"})),
        ("nobody should be able to pass note and silent of pay_in by position",
         ("make keyword only", {"function": f"{BANK}::Account.pay_in", "parameter": "note"})),
        ("years kw only in interest_off",
         ("make keyword only", {"function": f"{BANK}::interest_of", "parameter": "years"})),
        ("Account.round_off has no use for self, can we have it as a staticmethod?",
         ("method to static method", {"method": f"{BANK}::Account.round_off"})),
        (("can as_words be an ordinary function in account.py instead of a static method of the"
         " account?"), ("method to function", {"method": f"{BANK}::Account.as_words"})),
        (("In the method `Account.pay_in` of `bank/account.py`, store the value of `len(note)` in"
         " a local variable `note_length` and use that."),
         ("extract variable", {"function": f"{BANK}::Account.pay_in", "expression": "len(note)",
                               "new_name": "note_length"})),
    ],
)  # fmt: skip
def test_others_by_the_kinds_of_what_is_named(
    sentence: str, expected: tuple[str, dict[str, str]]
) -> None:
    assert planned(sentence) == [expected]


@pytest.mark.parametrize(
    ("sentence", "refactoring", "where"),
    [
        ("In `bank/money.py`, change the calls of `str.format` to f-strings.",
         "convert format strings", MONEY),
        ("get rid of the percent formatting in account.py, f-strings read better",
         "convert format strings", BANK),
        ("There is one bare `except:` in `bank/money.py`. Let it catch `Exception` explicitly.",
         "convert bare except", MONEY),
        ("future annotations in account + money", "add postponed annotations", f"{BANK},{MONEY}"),
        ("__all__ in account n money", "add all", f"{BANK},{MONEY}"),
    ],
)  # fmt: skip
def test_conversions_of_files_by_their_nouns(sentence: str, refactoring: str, where: str) -> None:
    assert planned(sentence) == [(refactoring, {"where": where})]


@pytest.mark.parametrize(
    "sentence",
    [
        "Account.as_words should not get an argument verbose with default True",
        "let Account.as_words take an extra argument verbose which is True, but only at night",
        "Account.as_words takes an extra argument verbose, is that True unless given?",
        "merge money.py into account.py only if it is small",
        "money.py is so short, why do its contents not go to account.py",
        "never move OverdrawnError to bank/problems.py",
        "OverdrawnError lives in account.py, it has its own file bank/problems.py elsewhere, no?",
        "account.py should not have an __all__",
        "use pytest in account.py and keep unittest",
        "use f-strings in account.py and keep percent formatting in the log calls",
        "convert money.py to pathlib, only where it is safe",
        "we use pytest now, money.py should too, keep unittest working though",
        "penalty is to late_fee what cats are",
        "penalty is dark to me, explain it",
        "penalty could do with less, as it says less of what it is",
        "__all__ in account n money is wrong",
        "f-strings in account.py are slow, use percent formatting",
        "replace the f-strings of account.py by str.format",
        "percent formatting in account.py is fine",
        "bare except in money.py: log them",
        "no f-strings in money.py",
        "is __all__ missing in money.py?",
        "OverdrawnError would be better than NoMoneyError, wouldn't it?",
        "is OverdrawnError a better name than NoMoneyError",
        "raise NoMoneyError instead of OverdrawnError",
        "wrap OverdrawnError in NoMoneyError",
        "make OverdrawnError inherit from BankError",
        "delegate penalty to late_fee",
        "penalty should call late_fee",
        "penalty writes to the module-level log_target",
        "penalty would be better if late_fee was there",
        "total counts cents, grand_total would count all",
        "rename penalty to late fee when it is strict",
        "rename interest_of to yearly_interest unless somebody uses it",
        "what would happen if I rename penalty to late_fee",
        "penalty late_fee",
        "rename penalty to pay as `late_fee` does",
        "account.py becomes too big, see bank/ledger.py",
        "split account.py into two files",
        "remove the file money.py and account.py",
        "everything in money.py must go to account.py except in_cents",
        "copy OverdrawnError to bank/problems.py",
        "delete OverdrawnError, it has gone to bank/problems.py",
        "move OverdrawnError to bank/problems.py and keep an alias in account.py",
        "Account.as_words is static but should not be",
        "make Account.round_off a static method unless it uses self",
        "years of interest_of must not be keyword only",
        "penalty needs another parameter",
        "penalty needs the parameter `fee_size`, not `account`",
        "add a docstring to penalty named late_fee",
        "just delete whatever tests fail",
        "move OverdrawnError to bank/problems.py except in tests",
    ],
)
def test_what_is_denied_restricted_or_unclear_stays_refused(sentence: str) -> None:
    with pytest.raises(NotUnderstoodError):
        planned(sentence)


def test_what_is_not_accepted_by_position_is_kept() -> None:
    expected = {"function": f"{BANK}::interest_of", "parameter": "years"}

    assert planned("interest_of should not accept years by position") == [
        ("make keyword only", expected)
    ]


def test_a_member_of_a_whole_family_stands_for_the_first_class() -> None:
    sentence = "accounts have an attribute `total`, please spell it out as `balance_total`"

    assert planned(sentence) == [renamed(f"{BANK}::Account.total", "balance_total")]


def test_everywhere_in_code_and_tests_is_no_second_place() -> None:
    sentence = "Rename the exception `OverdrawnError` to `NoMoneyError`, in the code, the tests"

    assert planned(sentence) == [renamed(f"{BANK}::OverdrawnError", "NoMoneyError")]
