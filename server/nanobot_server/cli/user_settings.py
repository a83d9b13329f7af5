"""The user's settings, as commands load them: what is wrong is said, once and short."""

from nanobot_server.cli.output import remark
from nanobot_server.settings import Settings, default_settings_path, load_settings


def loaded_settings() -> Settings:
    """Return the settings; what can not be used has its default and is remarked on."""
    settings, problems = load_settings(default_settings_path())
    if problems:
        more = f" ({len(problems) - 1} more: see 'nanobot doctor')" if len(problems) > 1 else ""
        remark(f"settings: {problems[0].message}{more}")
    return settings
