"""The recipe "rewrite" for all languages: Python files and others each by their own rules."""

from collections.abc import Iterable, Mapping, Sequence

from nanobot_engine.edit import Gate, SourceFile, TextEdit
from nanobot_engine.language.definitions import LANGUAGES
from nanobot_engine.recipe.recipe import AskingRecipe, Briefing, Candidate, Item, Recipe, RedFlag
from nanobot_engine.recipe.rewrite import question as rewriting
from nanobot_engine.recipe.rewrite.goal import NAME, RewriteScope
from nanobot_engine.recipe.rewrite.other_languages import CodeRewriting, is_code_path
from nanobot_engine.recipe.rewrite.recipe import RewriteRecipe
from nanobot_indexer import Language


def from_arguments(arguments: Mapping[str, str]) -> Recipe:
    """Make the recipe that a goal stores."""
    return RewriteByLanguage(RewriteScope.from_arguments(arguments))


class RewriteByLanguage(AskingRecipe):
    """Asks `RewriteRecipe` about Python, and `CodeRewriting` about the rest. Stateless."""

    name = NAME
    languages = LANGUAGES | {Language.PYTHON}
    tokens_max = rewriting.ANSWER_TOKENS_MAX
    stop = rewriting.STOP

    def __init__(self, scope: RewriteScope, code: CodeRewriting | None = None) -> None:
        self._scope = scope
        self._python = RewriteRecipe(scope)
        self._code = code or CodeRewriting(scope)

    @property
    def grammar(self) -> str:
        """GBNF of one answer: code between fences."""
        return self._code.grammar or self._python.grammar

    @property
    def briefing(self) -> Briefing:
        """What the model is told of the language that the sentence names files of.

        Where it names none, that is Python, as most code is that is asked about; an answer in
        the language of the question is taken all the same.
        """
        return self._code.briefing or self._python.briefing

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:
        """State the guarantee: see `edit.rewrite_gates` and `other_languages.gate`."""
        is_code = any(is_code_path(key.partition("::")[0]) for key in text_by_key)
        return (self._code if is_code else self._python).gates(text_by_key)

    def surveyed(self, sources: Iterable[SourceFile]) -> Recipe:
        """Parse what is not Python at once."""
        return RewriteByLanguage(self._scope, self._code.surveyed(sources))

    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        """List the functions and methods that are meant."""
        return self._of(source).enumerate(source)

    def settled(self, source: SourceFile, item: Item) -> Candidate | None:
        """Do by program what programs do better."""
        return self._of(source).settled(source, item)

    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:
        """Show the whole function."""
        return self._of(source).ask(source, item, code_bytes_max=code_bytes_max)

    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:
        """Take an answer that passes every gate by itself."""
        return self._of(source).parse(source, item, answer)

    def agrees(self, first: Candidate, second: Candidate) -> bool:
        """Tell whether both leave the function, or do the same for certain, or are equal."""
        return self._python.agrees(first, second)

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> TextEdit:
        """Replace the function.

        Raises:
            DeclinedError: It is left as it is.
            SourceEncodingError: The file's encoding has not all characters of the answer.
        """
        return self._of(source).edit(source, item, candidate)

    def file_edits(self, source: SourceFile, text_by_key: Mapping[str, str]) -> Sequence[TextEdit]:
        """Import what the sentence names and a function of Python uses now."""
        is_code = is_code_path(source.path)
        return () if is_code else self._python.file_edits(source, text_by_key)

    def _of(self, source: SourceFile) -> RewriteRecipe | CodeRewriting:
        return self._code if is_code_path(source.path) else self._python
