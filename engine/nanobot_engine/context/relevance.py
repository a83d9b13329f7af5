"""Which lines of the evidence say something about a question.

A line is worth the rarities of the question's words that are in it. Words are split
and stemmed as the index does it, and a related word (`arg` of `argument`) counts for
less, so a line that search found the chunk for is a line that is shown.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from nanobot_engine.context.evidence import Evidence
from nanobot_indexer.fingerprint.tokens import QueryToken, query_tokens
from nanobot_indexer.search.question import parsed_question
from nanobot_indexer.search.synonyms import related_words

# Words of questions about code, as the stemmer leaves them, that say how something is
# asked and not what about.
_FURNITURE_LINES: Final = """
accept allow argument call class code construct constant coroutin creat default defin error except
exist file function get given go happen java javascript kind line many mean method must nam name
need option param paramet python rais return rust say set struct take throw type typescript use
valu variabl wrong
"""
_FURNITURE: Final = frozenset(_FURNITURE_LINES.split())


class Relevance:
    """Worths of lines for one question. Safe to share between threads.

    Args:
        question: As typed; not empty.
        cues: Text that lines with the answer often have, such as `return `.
        pool: All evidence that there is: what is in many of its lines says little.
    """

    def __init__(self, question: str, cues: Sequence[str], pool: Sequence[Evidence]) -> None:
        self.words = parsed_question(question).words
        self._cues = tuple(cues)
        self._weight_by_variant: dict[str, tuple[str, float]] = {}
        for word in self.words:
            for variant, weight in ((word, 1.0), *related_words(word)):
                known = self._weight_by_variant.get(variant)
                if known is None or known[1] < weight:
                    self._weight_by_variant[variant] = (word, weight)
        tokens = {id(piece): _tokens_by_line(piece) for piece in pool}
        counts: Counter[str] = Counter()
        line_count = 1
        for lines in tokens.values():
            line_count += len(lines)
            for line in lines:
                counts.update({word for word, _ in self._matches(line)})
        self._rarities = {
            word: math.log(1 + line_count / (1 + counts[word])) for word in self.words
        }

    def worths(self, piece: Evidence) -> list[float]:
        """Return what each line of a piece is worth, 0 for nothing."""
        found = []
        cue_worth = 0.8 * max(self._rarities.values(), default=1.0)
        for line, tokens in zip(piece.lines, _tokens_by_line(piece), strict=True):
            best: dict[str, float] = {}
            for word, weight in self._matches(tokens):
                best[word] = max(best.get(word, 0.0), weight)
            worth = sum(weight * self._rarities[word] for word, weight in best.items())
            if any(cue in line for cue in self._cues):
                worth += cue_worth
            found.append(worth)
        return found

    def covered(self, text: str) -> float:
        """Return the share of the question's subject that a text has, by rarity: 0 to 1.

        Words like `function` and `default` are not what a question is about. Related
        words count as the word.
        """
        subject = [word for word in self.words if word not in _FURNITURE]
        total = sum(self._rarities[word] for word in subject)
        if not total:
            return 1.0
        tokens = [part for token in query_tokens(text) for part in _variants(token)]
        present = {word for word, _ in self._matches(tokens)}
        return sum(self._rarities[word] for word in subject if word in present) / total

    def _matches(self, tokens: Sequence[str]) -> list[tuple[str, float]]:
        return [
            self._weight_by_variant[token] for token in tokens if token in self._weight_by_variant
        ]


def _tokens_by_line(piece: Evidence) -> list[list[str]]:
    """Return the tokens of each line, stemmed; identifiers whole and in parts."""
    starts = []
    place = 0
    for line in piece.lines:
        starts.append(place)
        place += len(line) + 1
    found: list[list[str]] = [[] for _ in piece.lines]
    number = 0
    for token in query_tokens(piece.text):
        while number + 1 < len(starts) and starts[number + 1] <= token.start:
            number += 1
        found[number] += _variants(token)
    return found


def _variants(token: QueryToken) -> list[str]:
    return [token.whole.text, *(part.text for part in token.parts)]
