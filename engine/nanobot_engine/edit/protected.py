"""Paths that nanobot never edits by itself, whatever a model or a recipe says.

These files decide what programs run: version control, editors and agents, CI,
dependencies and builds, shells. Whoever can change one can run code later, so a
workspace must not be able to talk a model into it, and no setting in a workspace
can shorten the list.

A path is judged by its name, so a file that does not exist yet is covered too.
Names are compared the way the most forgiving file systems do: without case,
without trailing dots and spaces, without invisible characters.
"""

import re
import unicodedata
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit.characters import is_hidden

_VERSION_CONTROL: Final = "belongs to version control"
_EDITOR: Final = "holds settings of an editor"
_AGENT: Final = "holds instructions or settings of an agent"
_CI: Final = "decides what continuous integration runs"
_DEPENDENCIES: Final = "decides which dependencies are installed"
_BUILD: Final = "decides what a build runs"
_SHELL: Final = "is run by a shell, an interpreter or another tool at start"
_PRIVATE: Final = "may hold secrets"
_HIDDEN: Final = "is hidden: such files hold settings of tools"

# Folders and files, at any depth. Everything that starts with a dot is protected
# anyway; those named here only get a better reason.
_REASON_BY_NAME: Final = MappingProxyType(
    {
        **dict.fromkeys(
            (
                ".git", ".hg", ".svn", ".bzr", ".jj", "cvs", "git~1",
                ".gitattributes", ".gitmodules", ".gitconfig", ".gitignore", ".hgrc",
                ".lfsconfig", ".mailmap",
            ),
            _VERSION_CONTROL,
        ),
        **dict.fromkeys(
            (
                ".vscode", ".vscode-server", ".idea", ".vs", ".fleet", ".zed", ".nvim",
                ".vim", ".vimrc", ".exrc", ".nvimrc", ".nvim.lua", ".emacs", ".emacs.d",
                ".dir-locals.el", ".helix", ".kateproject", ".editorconfig", ".sublime",
            ),
            _EDITOR,
        ),
        **dict.fromkeys(
            (
                ".nanobot", ".claude", ".codex", ".cursor", ".cursorrules", ".windsurf",
                ".windsurfrules", ".aider", ".aider.conf.yml", ".continue", ".gemini",
                ".copilot", ".roo", ".cline", ".clinerules", ".kiro", ".mcp.json", "mcp.json",
                "agents.md", "claude.md", "gemini.md", "copilot-instructions.md", "skill.md",
            ),
            _AGENT,
        ),
        **dict.fromkeys(
            (
                ".github", ".gitlab", ".gitea", ".forgejo", ".circleci", ".buildkite",
                ".woodpecker", ".ci", ".gitlab-ci.yml", ".travis.yml", ".drone.yml",
                ".pre-commit-config.yaml", "jenkinsfile", "azure-pipelines.yml",
                "bitbucket-pipelines.yml", "appveyor.yml", "circle.yml", "cloudbuild.yaml",
                "lefthook.yml", "codecov.yml",
            ),
            _CI,
        ),
        **dict.fromkeys(
            (
                "package.json", "npm-shrinkwrap.json", "pnpm-workspace.yaml", "deno.json",
                "deno.jsonc", "bunfig.toml", "go.mod", "go.sum", "go.work", "cargo.toml",
                "pyproject.toml", "setup.py", "setup.cfg", "pipfile", "environment.yml",
                "conda.yaml", "gemfile", "composer.json", "pom.xml", "mix.exs", "rebar.config",
                "package.swift", "podfile", "pubspec.yaml", "nuget.config", "packages.config",
                "global.json", "conanfile.py", "conanfile.txt", "vcpkg.json", "flake.nix",
                "default.nix", "shell.nix", "stack.yaml", "dune-project", "project.clj",
                "build.sbt", "deps.edn",
            ),
            _DEPENDENCIES,
        ),
        **dict.fromkeys(
            (
                "build.rs", "makefile", "gnumakefile", "justfile", "taskfile.yml", "rakefile",
                "cmakelists.txt", "cmakepresets.json", "meson.build", "configure.ac",
                "gradlew", "gradlew.bat", "mvnw", "mvnw.cmd",
                "gradle.properties", "dockerfile", "containerfile", "docker-compose.yml",
                "docker-compose.yaml", "compose.yaml", "compose.yml", "vagrantfile",
                "procfile", "tox.ini", "noxfile.py", "pytest.ini", "fabfile.py", "dodo.py",
                "sconstruct", "wscript", "build.bazel", "module.bazel",
            ),
            _BUILD,
        ),
        **dict.fromkeys(
            (
                ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile",
                ".zshrc", ".zshenv", ".zprofile", ".zlogin", ".kshrc", ".cshrc", ".tcshrc",
                ".config", ".local", ".inputrc", ".tmux.conf", ".screenrc", ".pythonrc",
                ".pythonrc.py", ".pdbrc", ".gdbinit", ".lldbinit", ".envrc", ".direnv",
                ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", ".pypirc", ".condarc",
                "sitecustomize.py", "usercustomize.py", "pip.conf", "pip.ini",
            ),
            _SHELL,
        ),
        **dict.fromkeys(
            (
                ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".netrc", "_netrc",
                ".env", ".htpasswd", ".pgpass", "id_rsa", "id_ed25519", "id_ecdsa",
                "authorized_keys", "known_hosts",
            ),
            _PRIVATE,
        ),
    }
)  # fmt: skip

# Names that are also good names of ordinary folders: the last component only.
_REASON_BY_FILE_NAME: Final = MappingProxyType(
    {"workspace": _BUILD, "configure": _BUILD, "credentials": _PRIVATE}
)

_REASON_BY_PATTERN: Final = MappingProxyType(
    {
        "*.lock": _DEPENDENCIES,
        "*.lockb": _DEPENDENCIES,
        "*-lock.*": _DEPENDENCIES,
        "*.lock.*": _DEPENDENCIES,
        "requirements*.txt": _DEPENDENCIES,
        "requirements*.in": _DEPENDENCIES,
        "constraints*.txt": _DEPENDENCIES,
        "*.gemspec": _DEPENDENCIES,
        "*.podspec": _DEPENDENCIES,
        "*.cabal": _DEPENDENCIES,
        "*.nuspec": _DEPENDENCIES,
        "*.[bcefnpv]*proj": _BUILD,
        "*.sln": _BUILD,
        "*.slnx": _BUILD,
        "*.props": _BUILD,
        "*.targets": _BUILD,
        "*.gradle": _BUILD,
        "*.gradle.kts": _BUILD,
        "*.cmake": _BUILD,
        "*.mk": _BUILD,
        "makefile.*": _BUILD,
        "dockerfile.*": _BUILD,
        "*.dockerfile": _BUILD,
        "*.code-workspace": _EDITOR,
        "*.sublime-project": _EDITOR,
        "*.iml": _EDITOR,
        "*.pth": _SHELL,
        "*.service": _SHELL,
        "*.desktop": _SHELL,
        "*.pem": _PRIVATE,
        "*.key": _PRIVATE,
    }
)

# Runs of components that only together mean something; `*` is any one component.
_REASON_BY_RUN: Final = MappingProxyType(
    {
        ("gradle", "wrapper"): _BUILD,
        ("ruby_lsp", "*", "addon.rb"): _EDITOR,
    }
)

_SEPARATOR: Final = re.compile(r"[/\\]")


def protected_reason(path: str) -> str | None:
    r"""Say why `path` must not be edited without the user doing it himself.

    Args:
        path: Workspace-relative; `/` and `\` both separate. It need not exist.

    Returns:
        A phrase that follows the path in a sentence, or None for other files.
    """
    parts = [part for part in map(_folded, _SEPARATOR.split(path)) if part]
    for part in parts:
        reason = _REASON_BY_NAME.get(part)
        if reason is not None:
            return reason
    if parts and parts[-1] in _REASON_BY_FILE_NAME:
        return _REASON_BY_FILE_NAME[parts[-1]]
    for run, reason in _REASON_BY_RUN.items():
        if _has_run(parts, run):
            return reason
    for pattern, reason in _REASON_BY_PATTERN.items():
        # Every component: a folder may stand where a file is expected.
        if any(fnmatchcase(part, pattern) for part in parts):
            return reason
    return _HIDDEN if any(part.startswith(".") for part in parts) else None


def _folded(part: str) -> str:
    """Return the name that a forgiving file system would take `part` for."""
    # HFS+ skips invisible characters, NTFS takes what follows a colon for a stream
    # of the same file, Windows drops dots and spaces at the end.
    visible = "".join(character for character in part if not is_hidden(character))
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", visible).casefold())
    plain = folded.partition(":")[0].rstrip(". ")
    # Nothing but dots and spaces: `.` and `..` are no names, but never plain ones.
    return plain or folded.strip(" ")


def _has_run(parts: list[str], run: tuple[str, ...]) -> bool:
    return any(
        all(want in ("*", part) for want, part in zip(run, parts[start:], strict=False))
        for start in range(len(parts) - len(run) + 1)
    )
