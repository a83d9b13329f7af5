"""What a sentence says that no plan carries: questions, negations and conditions.

"rename a to b unless c uses it" is no rename. Where rules read every word, such a word is
left over and nothing is planned; what weighs evidence instead must look for them itself.
"""

import re
from typing import Final

_QUESTION: Final = re.compile(
    r"^(?:so |and |but |hm+,? |hey,? )*(?:why|what|how|who|whom|whose|which|when|where|is|are|was"
    r"|were|am|does|do|did|has|have|had|should|shall|may|might|must)\b"
)
_ASKED_BEHIND: Final = re.compile(
    r"\bwhy\b(?! not)|[,;.] ?(?:how|is|are|does|do|was|would|will|isnt)\b[^.]*\?$"
)
_SAYS_WHY: Final = re.compile(r"\b(?:that is|which is|this is|know|see|remember|say|tell) why\b")
_STATEMENT: Final = re.compile(r"^(?:what|when|where|which)\b[^?]*$")
_WISH: Final = re.compile(r"\b(?:can|could|would|will) (?:you|we|i)\b|\bplease\b|\bpls\b|\bplz\b")
_AGAINST: Final = re.compile(
    r"\b(?:not|no|never|nobody|nothing|none|neither|nor|without|except|unless|if|but|avoid|dont"
    r"|wont|cannot|cant|shouldnt|isnt|stop|refuse|forbid|undo|revert|instead|until|once"
    r"|while|or|whether|maybe|perhaps|only (?:if|when|where|in|for|the|those|inside|within)"
    r"|leave|keep|touch|skip|ignore|exclude|excluding|apart from|other than|rather|against)\b"
)
_REASON: Final = re.compile(r"[,;.(\u2013-]? ?\b(?:because|since|so that|in order to)\b[^.]*")
_HARMLESS: Final = re.compile(
    # Why something is wanted, and that all is to go on as it did.
    r"\b(?:i |we |you |one )?(?:can not|could not|never|do not|does not|did not)"
    r" (?:ever |really |even )?(?:remember|know|recall|understand|guess|see|tell) (?:what|why)\b"
    r"|\b(?:no \w+|nobody) passes it yet\b"
    r"|\b(?:is|are|does|do|says?|say) not (?:very |really |that |too )?"
    r"(?:telling|clear|good|nice|helpful|descriptive|readable|obvious|say much|tell much)\b"
    r"|\bno longer than\b|\bif you (?:can|please|would|like|do not mind)\b|\bif possible\b"
)


def is_question(text: str) -> bool:
    """Tell whether a sentence asks for an answer and no change.

    Args:
        text: The sentence in lower case.
    """
    if _WISH.search(text):
        return False
    if _STATEMENT.match(text) and "?" not in text:
        return False
    if _ASKED_BEHIND.search(_SAYS_WHY.sub(" ", text)):
        return True
    return _QUESTION.match(text) is not None or text.rstrip().endswith("??")


def without_reasons(text: str) -> str:
    """Leave out why something is wanted, where that names nothing.

    Args:
        text: A sentence in which names stand as words in upper case.
    """
    return _REASON.sub(lambda found: found[0] if re.search(r"[A-Z]", found[0]) else " ", text)


def is_against(text: str) -> bool:
    """Tell whether a sentence denies or restricts something.

    Args:
        text: In lower case but for names, without what is known to mean no restriction.
    """
    return _AGAINST.search(_HARMLESS.sub(" ", text)) is not None


_RESTRICTIONS: Final = re.compile(
    r"(?<!bare )(?<!naked )\bexcept (?:in|for|where|when)\b|"
    r"\b(?:unless|only (?:if|when|where)|(?:but|and) (?:only|not)|undo|revert|never|why)\b"
    r"|\bif (?:NAME|it|they|that|this|name|the|a|an|any|all|nobody|we|you)"
    r" (?:is|are|was|has|have|uses?|does|do|can)\b|\bwhen (?:\w+ )?(?:is|are|was)\b"
    r"|\b(?:should|must|shall|may|do|does|did|will|would) not\b"
)
_NO_RESTRICTIONS: Final = re.compile(
    # What says why, or says what a refactoring does.
    r"\bthat is why\b|\b(?:i|we) (?:never|would never|do not) (?:\w+ )?(?:remember|know|like|get)\b"
    r"|\bunless (?:it is |otherwise )?(?:given|passed|set|told|said|specified)\b"
    r"|\bif (?:it is )?(?:not )?(?:given|passed|set|told|possible)\b"
    r"|\b(?:that|which|who|it|they|name|nobody)(?: \w+)? (?:does|do|did|is|are|never|would)"
    r" (?:not )?(?:\w+ )?(?:uses?|used|needs?|needed|calls?|called|say|tell|mean|match|fit|exist)\b"
    r"|\b(?:not|never)(?: be)? (?:\w+ )?(?:used|needed|called|use|need|say|tell|mean|match|fit"
    r"|touch|change|depend|pass|passed|accept|take) ?(?:self|it|anything|anywhere|any more|anymore"
    r"|much|by position|positionally|positional)?"
)
_PASSING: Final = re.compile(r"\b(?:not|never)\b.*\b(?:position|positional|positionally)\b")
_OF_FILES: Final = ("convert", "add all", "add postponed", "remove dead", "remove unused")
"""How the names begin of what changes whole files, wherever something is found in them."""
_OF_NAMES: Final = frozenset({"rename", "move", "move module", "add parameter"})
_KEPT: Final = re.compile(
    # That all goes on as it did is no restriction.
    r"\b(?:keep|keeping|leave|leaving|spare|retain)\b"
    r"(?! (?:the |its |all |any )*(?:behaviou?r|semantics|tests?|output|api|rest|everything))"
)
_OTHER_WISHES: Final = re.compile(
    r"^(?:is|are|was|were|does|did|how|who|whose) (?![^>]*->)"
    r"(?!it possible|there (?:a|any) (?:way|chance))"
    r"|^NAME (?:writes|logs|prints|sends|saves|returns|calls|raises)\b"
    r"|\bis to \w+ (?:what|as)\b"
    r"|\binto (?:two|three|four|several|many|some|smaller|more) "
    r"|^(?:please )?(?:raise|catch|return|log|import|subclass|document|copy|duplicate|wrap)\b"
    r"|\badd (?:a |the )?(?:docstring|comment|log|test)\b"
    r"|\bNAME (?:should|could|must|shall) (?:call|log"
    r"|return|raise|import|inherit|catch)\b"
    r"|\bbecomes? (?:too|so|very|much|more)\b|\bwhat (?:would|will|happens)\b"
    r"|\b(?:is|are|would|does|do|did|was) (?:not )?(?:that|it|this|they)\b[^.]*\?$"
)


def contradiction(text: str, refactorings: frozenset[str]) -> str:
    """Return the words of a sentence that a plan does not carry; "" for none.

    Args:
        text: In lower case; a word stands for each name.
        refactorings: Of the plan that the rules made of it.
    """
    if refactorings == {"make keyword only"} and _PASSING.search(text):
        return ""
    kept = _KEPT.search(text)
    if kept is not None and any(one.startswith(_OF_FILES) for one in refactorings):
        return kept[0]
    other = _OTHER_WISHES.search(text) if refactorings <= _OF_NAMES else None
    if refactorings == {"remove parameter"} and "by position" in text:
        return "by position"
    if refactorings == {"add parameter"} and re.search(r", not \w+", text):
        return "not"
    found = other or _RESTRICTIONS.search(_NO_RESTRICTIONS.sub(" ", text))
    return found[0].strip() if found is not None else ""
