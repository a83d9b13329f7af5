"""What an endpoint streams, turned into samples; whatever is not sound is refused.

Both forms are read: `text_completion`, with `text`, and `chat.completion.chunk`, with
`delta.content`.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Final

from nanobot_engine.model.provider.endpoint_connection import EndpointBrokenError
from nanobot_engine.model.wave import Sample

_FINISHES: Final = {"stop": "stop", "eos": "stop", "length": "length"}


@dataclass(slots=True)
class ReplyDraft:
    """One answer that is still coming."""

    text: str = ""
    pieces: int = 0
    """Events with text: most endpoints send one for each token."""
    logprobs: list[float] = field(default_factory=list)
    finish: str | None = None

    def sample(self, stop: tuple[str, ...]) -> Sample:
        """Return the answer, if it came to an end.

        Args:
            stop: Cut the text before the first of these; an endpoint may know fewer.
        """
        if self.finish not in _FINISHES:
            msg = f"an answer has no sound end: {str(self.finish)[:40]!r}"
            raise EndpointBrokenError(msg)
        found = [at for at in (self.text.find(one) for one in stop) if at >= 0]
        is_cut = self.finish == "length" and not found
        return Sample(
            text=self.text[: min(found)] if found else self.text,
            tokens=len(self.logprobs) or self.pieces,
            finish="length" if is_cut else "stop",
            mean_logprob=sum(self.logprobs) / len(self.logprobs) if self.logprobs else None,
        )


@dataclass(slots=True)
class Reply:
    """All answers of one request."""

    drafts: list[ReplyDraft]
    cached_tokens: int = 0
    """As told; 0 where the endpoint does not tell."""

    def take(self, event: Any) -> bool:
        """Take one event of the stream; always wants more."""
        if not isinstance(event, dict):
            raise EndpointBrokenError(_nonsense("event", event))
        self._take_usage(event.get("usage"))
        choices = event.get("choices", [])
        if not isinstance(choices, list):
            raise EndpointBrokenError(_nonsense("choices", choices))
        for choice in choices:
            self._take_choice(choice)
        return True

    def _take_usage(self, usage: Any) -> None:
        details = usage.get("prompt_tokens_details") if isinstance(usage, dict) else None
        cached = details.get("cached_tokens") if isinstance(details, dict) else None
        if isinstance(cached, int) and cached >= 0:
            self.cached_tokens = cached

    def _take_choice(self, choice: Any) -> None:
        index = choice.get("index", 0) if isinstance(choice, dict) else None
        if not isinstance(index, int) or not 0 <= index < len(self.drafts):
            raise EndpointBrokenError(_nonsense("choice", choice))
        draft = self.drafts[index]
        delta = choice.get("delta")
        text = delta.get("content") if isinstance(delta, dict) else choice.get("text")
        if text is not None and not isinstance(text, str):
            raise EndpointBrokenError(_nonsense("text", text))
        if text:
            draft.text += text
            draft.pieces += 1
        draft.logprobs += _logprobs(choice.get("logprobs"))
        finish = choice.get("finish_reason")
        if finish is not None:
            draft.finish = str(finish)


def _logprobs(said: Any) -> list[float]:
    """Read both forms: `content: [{logprob}]`, and the older `token_logprobs: [number]`."""
    if not isinstance(said, dict):
        return []
    content = said.get("content")
    if isinstance(content, list):
        values = [one.get("logprob") if isinstance(one, dict) else None for one in content]
    else:
        older = said.get("token_logprobs")
        values = older if isinstance(older, list) else []
    numbers = [float(one) for one in values if isinstance(one, int | float) and math.isfinite(one)]
    if len(numbers) != len(values):
        raise EndpointBrokenError(_nonsense("logprobs", said))
    return numbers


def _nonsense(what: str, value: object) -> str:
    return f"its answer has no sound {what}: {type(value).__name__}"
