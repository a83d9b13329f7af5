"""How many tokens are left for evidence: arithmetic, no guess."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """The window of a model, divided. All in tokens of that model."""

    context_tokens: int
    """What prompt and answer may have together."""
    answer_tokens: int
    """Reserved for the answer."""
    fixed_tokens: int
    """Instruction, examples and question: what is in the prompt whatever the evidence."""
    evidence_tokens_max: int
    """More is not read even where it fits: reading costs time, and a small model finds
    less in a longer text."""

    @property
    def evidence_tokens(self) -> int:
        """What the evidence may have; 0 when not even the question fits."""
        left = self.context_tokens - self.answer_tokens - self.fixed_tokens
        return max(0, min(left, self.evidence_tokens_max))
