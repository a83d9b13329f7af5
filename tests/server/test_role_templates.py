"""The model of each role is told a conversation in the way of its family."""

from nanobot_engine.model import Role
from nanobot_server.role_templates import role_templates
from nanobot_server.settings import ModelSettings, Settings


def test_each_role_of_the_smallest_tier_has_the_template_of_its_model() -> None:
    template_of = role_templates(Settings())

    assert {role: template_of(role).name for role in Role} == {
        Role.MAIN: "chatml",
        Role.RLM: "chatml",
        Role.MEMORY: "smollm2",
    }


def test_bigger_tiers_have_others() -> None:
    template_of = role_templates(Settings(model=ModelSettings(tier="power")))

    assert template_of(Role.MAIN).name == "qwen3"
    assert template_of(Role.MEMORY).name == "qwen3-thinking"
    assert template_of(Role.MEMORY).no_thought
