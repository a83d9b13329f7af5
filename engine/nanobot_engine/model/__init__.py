"""Models on this machine: get them, run them, ask them.

Suggested reading order: `catalogue` (which files), `source` (how they get here), `wave`
(the unit of model work), `worker` (OS processes that may die), `trio` (one worker per
role), `lanes` (who is next).

This part knows models and their workers. It does not know what is asked of them, and
after the installation it uses no network.
"""

from typing import TYPE_CHECKING, Final

from nanobot_indexer.late_import import late_import

if TYPE_CHECKING:
    from nanobot_engine.model.catalogue.catalogue import (
        Catalogue,
        EmbedderEntry,
        FimTokens,
        ModelEntry,
        Role,
        Tier,
        load_catalogue,
    )
    from nanobot_engine.model.catalogue.fit import Assignment, Placement, Wanted, fit
    from nanobot_engine.model.catalogue.memory import model_memory_bytes
    from nanobot_engine.model.catalogue.own_models import (
        add_own_model,
        own_models_path,
        user_catalogue,
    )
    from nanobot_engine.model.catalogue.speed import tokens_per_second
    from nanobot_engine.model.catalogue.tier import parse_tier
    from nanobot_engine.model.errors import (
        AnswerFormError,
        ChecksumError,
        DiskSpaceError,
        DownloadCancelledError,
        DownloadError,
        GrammarError,
        HardwareError,
        ModelError,
        ModelMissingError,
        OwnModelsError,
        PoisonRequestError,
        ProcessorError,
        PromptTooLongError,
        UnknownModelError,
        UnknownTemplateError,
        UnknownTierError,
        UnpinnedModelError,
        WaveRefusedError,
        WaveTimeoutError,
        WorkerFailedError,
    )
    from nanobot_engine.model.hardware.device_list import DeviceList, list_devices
    from nanobot_engine.model.hardware.hardware import Gpu, Hardware, detect_hardware
    from nanobot_engine.model.lanes import Lane, Lanes, OpenLanes
    from nanobot_engine.model.model_bench import ModelSpeed, measure
    from nanobot_engine.model.model_check import SelfTest, self_test
    from nanobot_engine.model.prompt.answer_form import AnswerForm
    from nanobot_engine.model.prompt.families import CHATML, template_named, template_of_file
    from nanobot_engine.model.prompt.template import ChatTemplate, Message, Segment, Speaker
    from nanobot_engine.model.source.installation import (
        Installed,
        InstalledEmbedder,
        InstalledModel,
        Progress,
        install,
        install_embedder,
        install_models,
    )
    from nanobot_engine.model.source.inventory import (
        FileState,
        StoredModel,
        foreign_files,
        inventory,
        remove_model,
    )
    from nanobot_engine.model.source.location import default_models_dir
    from nanobot_engine.model.source.model_file import is_installed, open_verified
    from nanobot_engine.model.source.own_file import own_entry
    from nanobot_engine.model.source.pins import pinned
    from nanobot_engine.model.trio import GpuShare, ModelTrio
    from nanobot_engine.model.wave import Sample, Wave, WaveModel, WaveResult
    from nanobot_engine.model.worker.options import DEFAULT_MODEL_OPTIONS, ModelOptions
    from nanobot_engine.model.worker.supervisor import ModelWorker, WorkerState, WorkerStatus

__all__ = [
    "CHATML",
    "DEFAULT_MODEL_OPTIONS",
    "AnswerForm",
    "AnswerFormError",
    "Assignment",
    "Catalogue",
    "ChatTemplate",
    "ChecksumError",
    "DeviceList",
    "DiskSpaceError",
    "DownloadCancelledError",
    "DownloadError",
    "EmbedderEntry",
    "FileState",
    "FimTokens",
    "Gpu",
    "GpuShare",
    "GrammarError",
    "Hardware",
    "HardwareError",
    "Installed",
    "InstalledEmbedder",
    "InstalledModel",
    "Lane",
    "Lanes",
    "Message",
    "ModelEntry",
    "ModelError",
    "ModelMissingError",
    "ModelOptions",
    "ModelSpeed",
    "ModelTrio",
    "ModelWorker",
    "OpenLanes",
    "OwnModelsError",
    "Placement",
    "PoisonRequestError",
    "ProcessorError",
    "Progress",
    "PromptTooLongError",
    "Role",
    "Sample",
    "Segment",
    "SelfTest",
    "Speaker",
    "StoredModel",
    "Tier",
    "UnknownModelError",
    "UnknownTemplateError",
    "UnknownTierError",
    "UnpinnedModelError",
    "Wanted",
    "Wave",
    "WaveModel",
    "WaveRefusedError",
    "WaveResult",
    "WaveTimeoutError",
    "WorkerFailedError",
    "WorkerState",
    "WorkerStatus",
    "add_own_model",
    "default_models_dir",
    "detect_hardware",
    "fit",
    "foreign_files",
    "install",
    "install_embedder",
    "install_models",
    "inventory",
    "is_installed",
    "list_devices",
    "load_catalogue",
    "measure",
    "model_memory_bytes",
    "open_verified",
    "own_entry",
    "own_models_path",
    "parse_tier",
    "pinned",
    "remove_model",
    "self_test",
    "template_named",
    "template_of_file",
    "tokens_per_second",
    "user_catalogue",
]

_MODULE_BY_NAME: Final = {
    "CHATML": "prompt.families",
    "DEFAULT_MODEL_OPTIONS": "worker.options",
    "AnswerForm": "prompt.answer_form",
    "Assignment": "catalogue.fit",
    "Catalogue": "catalogue.catalogue",
    "ChatTemplate": "prompt.template",
    "DeviceList": "hardware.device_list",
    "EmbedderEntry": "catalogue.catalogue",
    "FileState": "source.inventory",
    "FimTokens": "catalogue.catalogue",
    "Gpu": "hardware.hardware",
    "GpuShare": "trio",
    "Hardware": "hardware.hardware",
    "Installed": "source.installation",
    "InstalledEmbedder": "source.installation",
    "InstalledModel": "source.installation",
    "Lane": "lanes",
    "Lanes": "lanes",
    "Message": "prompt.template",
    "ModelEntry": "catalogue.catalogue",
    "ModelOptions": "worker.options",
    "ModelSpeed": "model_bench",
    "ModelTrio": "trio",
    "ModelWorker": "worker.supervisor",
    "OpenLanes": "lanes",
    "Placement": "catalogue.fit",
    "Progress": "source.installation",
    "Role": "catalogue.catalogue",
    "Sample": "wave",
    "Segment": "prompt.template",
    "SelfTest": "model_check",
    "Speaker": "prompt.template",
    "StoredModel": "source.inventory",
    "Tier": "catalogue.catalogue",
    "Wanted": "catalogue.fit",
    "Wave": "wave",
    "WaveModel": "wave",
    "WaveResult": "wave",
    "WorkerState": "worker.supervisor",
    "WorkerStatus": "worker.supervisor",
    "add_own_model": "catalogue.own_models",
    "default_models_dir": "source.location",
    "detect_hardware": "hardware.hardware",
    "fit": "catalogue.fit",
    "foreign_files": "source.inventory",
    "install": "source.installation",
    "install_embedder": "source.installation",
    "install_models": "source.installation",
    "inventory": "source.inventory",
    "is_installed": "source.model_file",
    "list_devices": "hardware.device_list",
    "load_catalogue": "catalogue.catalogue",
    "measure": "model_bench",
    "model_memory_bytes": "catalogue.memory",
    "open_verified": "source.model_file",
    "own_entry": "source.own_file",
    "own_models_path": "catalogue.own_models",
    "parse_tier": "catalogue.tier",
    "pinned": "source.pins",
    "remove_model": "source.inventory",
    "self_test": "model_check",
    "template_named": "prompt.families",
    "template_of_file": "prompt.families",
    "tokens_per_second": "catalogue.speed",
    "user_catalogue": "catalogue.own_models",
}
"""Where a name is; the errors are where one would look."""


__getattr__ = late_import(__name__, __all__, _MODULE_BY_NAME)
