"""What each family of models was trained on, and which family a file belongs to.

Written by us after what the publishers' templates render for a conversation without
declared tools. Where we differ on purpose: no date is told (an answer is a function of
the wave), and a family without a system role gets the instruction before the first
message, so that all prompts of a wave share it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nanobot_engine.model.errors import UnknownTemplateError
from nanobot_engine.model.prompt.template import ChatTemplate, Turn

_IM_END: Final = "<|im_end|>\n"
_IM_SYSTEM: Final = Turn("<|im_start|>system\n", _IM_END)
_IM_USER: Final = Turn("<|im_start|>user\n", _IM_END)
_IM_ASSISTANT: Final = Turn("<|im_start|>assistant\n", _IM_END)
_IM_RESPONSE: Final = Turn("\n<tool_response>\n", "\n</tool_response>")
_IM_RESPONSES: Final = Turn("<|im_start|>user", _IM_END)
_NO_THOUGHT: Final = "<think>\n\n</think>\n\n"

CHATML: Final = ChatTemplate(
    name="chatml",
    system=_IM_SYSTEM,
    user=_IM_USER,
    assistant=_IM_ASSISTANT,
    tool=_IM_RESPONSE,
    tools_in_one_turn=_IM_RESPONSES,
    default_system="You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
)
"""Qwen2.5 and Qwen2.5-Coder."""

QWEN3: Final = ChatTemplate(
    name="qwen3",
    system=_IM_SYSTEM,
    user=_IM_USER,
    assistant=_IM_ASSISTANT,
    tool=_IM_RESPONSE,
    tools_in_one_turn=_IM_RESPONSES,
)
"""Qwen3 that never thinks aloud: Instruct-2507, Coder."""

QWEN3_THINKING: Final = ChatTemplate(
    name="qwen3-thinking",
    system=_IM_SYSTEM,
    user=_IM_USER,
    assistant=_IM_ASSISTANT,
    tool=_IM_RESPONSE,
    tools_in_one_turn=_IM_RESPONSES,
    no_thought=_NO_THOUGHT,
)
"""Qwen3 that thinks unless it is told that it has: 0.6B, 1.7B, 4B, 8B … of April 2025."""

NANBEIGE4: Final = ChatTemplate(
    name="nanbeige4",
    system=_IM_SYSTEM,
    user=_IM_USER,
    assistant=_IM_ASSISTANT,
    tool=_IM_RESPONSE,
    tools_in_one_turn=_IM_RESPONSES,
    default_system="你是南北阁，一款由BOSS直聘自主研发并训练的专业大语言模型。",  # noqa: RUF001 - its own words
    no_thought=_NO_THOUGHT,
)
"""Nanbeige4 and 4.1, 3B; they think at the beginning of every answer."""

SMOLLM2: Final = ChatTemplate(
    name="smollm2",
    system=_IM_SYSTEM,
    user=_IM_USER,
    assistant=_IM_ASSISTANT,
    tool=Turn("<|im_start|>tool\n", _IM_END),
    default_system="You are a helpful AI assistant named SmolLM, trained by Hugging Face",
)

_LLAMA3_END: Final = "<|eot_id|>"
LLAMA3: Final = ChatTemplate(
    name="llama3",
    system=Turn("<|start_header_id|>system<|end_header_id|>\n\n", _LLAMA3_END),
    user=Turn("<|start_header_id|>user<|end_header_id|>\n\n", _LLAMA3_END),
    assistant=Turn("<|start_header_id|>assistant<|end_header_id|>\n\n", _LLAMA3_END),
    tool=Turn("<|start_header_id|>ipython<|end_header_id|>\n\n", _LLAMA3_END),
    begin="<|begin_of_text|>",
    is_stripped=True,
)

_GEMMA_USER: Final = Turn("<start_of_turn>user\n", "<end_of_turn>\n")
GEMMA: Final = ChatTemplate(
    name="gemma",
    system=None,
    user=_GEMMA_USER,
    assistant=Turn("<start_of_turn>model\n", "<end_of_turn>\n"),
    tool=_GEMMA_USER,
    begin="<bos>",
    is_stripped=True,
)

# No space behind `[INST]` and `[/INST]`: the tokenizer of the first generations puts one
# before each text, and that of the later ones wants none.
_MISTRAL_USER: Final = Turn("[INST]", "[/INST]")
_MISTRAL_ASSISTANT: Final = Turn("", "</s>")
_MISTRAL_TOOL: Final = Turn("[TOOL_RESULTS]", "[/TOOL_RESULTS]")
MISTRAL: Final = ChatTemplate(
    name="mistral",
    system=None,
    user=_MISTRAL_USER,
    assistant=_MISTRAL_ASSISTANT,
    tool=_MISTRAL_TOOL,
    begin="<s>",
)
"""Mistral up to 7B v0.3 and Nemo."""

MISTRAL_V7: Final = ChatTemplate(
    name="mistral-v7",
    system=Turn("[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
    user=_MISTRAL_USER,
    assistant=_MISTRAL_ASSISTANT,
    tool=_MISTRAL_TOOL,
    begin="<s>",
)
"""Mistral Small 3 and what came after it."""

TEMPLATES: Final[Mapping[str, ChatTemplate]] = MappingProxyType(
    {
        template.name: template
        for template in (
            CHATML, QWEN3, QWEN3_THINKING, NANBEIGE4, SMOLLM2, LLAMA3, GEMMA, MISTRAL, MISTRAL_V7,
        )
    }
)  # fmt: skip

# What stands in a publisher's template and nowhere else; the first that is there counts.
_BY_MARKS: Final = (
    (("<|start_header_id|>", "<|eot_id|>"), LLAMA3),
    (("<start_of_turn>",), GEMMA),
    (("[SYSTEM_PROMPT]", "[INST]"), MISTRAL_V7),
    (("<<SYS>>",), None),  # Llama 2 looks like Mistral and is not.
    (("[INST]",), MISTRAL),
    (("<|im_start|>", "南北阁"), NANBEIGE4),
    (("<|im_start|>", "SmolLM"), SMOLLM2),
    (("<|im_start|>", "<think>"), QWEN3_THINKING),
    (("<|im_start|>", "You are Qwen"), CHATML),
    (("<|im_start|>",), QWEN3),
)
_BY_ARCHITECTURE: Final = MappingProxyType(
    {
        "qwen2": CHATML,
        "qwen2moe": CHATML,
        "qwen3": QWEN3_THINKING,
        "qwen3moe": QWEN3,
        "gemma": GEMMA,
        "gemma2": GEMMA,
        "gemma3": GEMMA,
    }
)
"""Only those whose members all read the same; `llama` is many families."""


def template_named(name: str) -> ChatTemplate:
    """Return a template of ours.

    Raises:
        UnknownTemplateError: There is none of this name.
    """
    try:
        return TEMPLATES[name]
    except KeyError:
        raise UnknownTemplateError(name, tuple(TEMPLATES)) from None


def template_of_file(architecture: str, chat_template: str) -> ChatTemplate:
    """Choose the template for a file that is not in the catalogue.

    Args:
        architecture: As the file names it.
        chat_template: The text of the template in the file, empty where it has none. It
            is looked at, and never run.

    Raises:
        UnknownTemplateError: None of ours fits.
    """
    for marks, template in _BY_MARKS:
        if all(mark in chat_template for mark in marks):
            if template is not None:
                return template
            break
    else:
        if not chat_template and architecture in _BY_ARCHITECTURE:
            return _BY_ARCHITECTURE[architecture]
    raise UnknownTemplateError(architecture, tuple(TEMPLATES))
