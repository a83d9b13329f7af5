"""Where the model files of a user live."""

from pathlib import Path

import platformdirs


def default_models_dir() -> Path:
    """Return the folder for model files, shared by all workspaces of the user.

    It is not created here.
    """
    return platformdirs.user_data_path("nanobot", appauthor=False) / "models"
