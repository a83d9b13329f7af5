"""Models on this machine: get them, run them, ask them.

Suggested reading order: `catalogue` (which files), `installation` (how they get here),
`wave` (the unit of model work), `supervisor` (a worker that may die), `trio` (one
worker per role), `lanes` (who is next).

This part knows models and their workers. It does not know what is asked of them, and
after the installation it uses no network.
"""

from typing import TYPE_CHECKING, Final

from nanobot_indexer.late_import import late_import

if TYPE_CHECKING:
    from nanobot_engine.model.catalogue import (
        Catalogue,
        EmbedderEntry,
        ModelEntry,
        Role,
        Tier,
        load_catalogue,
    )
    from nanobot_engine.model.errors import (
        ChecksumError,
        DiskSpaceError,
        DownloadCancelledError,
        DownloadError,
        HardwareError,
        ModelError,
        ModelMissingError,
        PoisonRequestError,
        PromptTooLongError,
        UnknownModelError,
        UnknownTierError,
        WaveRefusedError,
        WaveTimeoutError,
        WorkerFailedError,
    )
    from nanobot_engine.model.hardware import Gpu, Hardware, detect_hardware
    from nanobot_engine.model.installation import (
        InstalledEmbedder,
        InstalledModel,
        Progress,
        install,
        install_embedder,
    )
    from nanobot_engine.model.lanes import Lane, Lanes
    from nanobot_engine.model.location import default_models_dir
    from nanobot_engine.model.model_check import SelfTest, self_test
    from nanobot_engine.model.model_file import is_installed, open_verified
    from nanobot_engine.model.options import DEFAULT_MODEL_OPTIONS, ModelOptions
    from nanobot_engine.model.supervisor import ModelWorker, WorkerState, WorkerStatus
    from nanobot_engine.model.template import CHATML, ChatTemplate, Segment
    from nanobot_engine.model.tier import SUPPORTED_TIERS, parse_tier, tier_for
    from nanobot_engine.model.trio import ModelTrio
    from nanobot_engine.model.wave import Sample, Wave, WaveModel, WaveResult

__all__ = [
    "CHATML",
    "DEFAULT_MODEL_OPTIONS",
    "SUPPORTED_TIERS",
    "Catalogue",
    "ChatTemplate",
    "ChecksumError",
    "DiskSpaceError",
    "DownloadCancelledError",
    "DownloadError",
    "EmbedderEntry",
    "Gpu",
    "Hardware",
    "HardwareError",
    "InstalledEmbedder",
    "InstalledModel",
    "Lane",
    "Lanes",
    "ModelEntry",
    "ModelError",
    "ModelMissingError",
    "ModelOptions",
    "ModelTrio",
    "ModelWorker",
    "PoisonRequestError",
    "Progress",
    "PromptTooLongError",
    "Role",
    "Sample",
    "Segment",
    "SelfTest",
    "Tier",
    "UnknownModelError",
    "UnknownTierError",
    "Wave",
    "WaveModel",
    "WaveRefusedError",
    "WaveResult",
    "WaveTimeoutError",
    "WorkerFailedError",
    "WorkerState",
    "WorkerStatus",
    "default_models_dir",
    "detect_hardware",
    "install",
    "install_embedder",
    "is_installed",
    "load_catalogue",
    "open_verified",
    "parse_tier",
    "self_test",
    "tier_for",
]

_MODULE_BY_NAME: Final = {
    "CHATML": "template",
    "DEFAULT_MODEL_OPTIONS": "options",
    "SUPPORTED_TIERS": "tier",
    "Catalogue": "catalogue",
    "ChatTemplate": "template",
    "EmbedderEntry": "catalogue",
    "Gpu": "hardware",
    "Hardware": "hardware",
    "InstalledEmbedder": "installation",
    "InstalledModel": "installation",
    "Lane": "lanes",
    "Lanes": "lanes",
    "ModelEntry": "catalogue",
    "ModelOptions": "options",
    "ModelTrio": "trio",
    "ModelWorker": "supervisor",
    "Progress": "installation",
    "Role": "catalogue",
    "Sample": "wave",
    "Segment": "template",
    "SelfTest": "model_check",
    "Tier": "catalogue",
    "Wave": "wave",
    "WaveModel": "wave",
    "WaveResult": "wave",
    "WorkerState": "supervisor",
    "WorkerStatus": "supervisor",
    "default_models_dir": "location",
    "detect_hardware": "hardware",
    "install": "installation",
    "install_embedder": "installation",
    "is_installed": "model_file",
    "load_catalogue": "catalogue",
    "open_verified": "model_file",
    "parse_tier": "tier",
    "self_test": "model_check",
    "tier_for": "tier",
}
"""Where a name is; the errors are where one would look."""


__getattr__ = late_import(__name__, __all__, _MODULE_BY_NAME)
