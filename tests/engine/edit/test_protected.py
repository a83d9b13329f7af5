"""Paths that stay as they are."""

import unicodedata

import pytest

from nanobot_engine.edit.protected import protected_reason

PROTECTED = [
    ".git/config",
    ".git/hooks/pre-commit",
    "sub/.git/config",
    ".hg/hgrc",
    ".gitattributes",
    ".gitmodules",
    ".vscode/settings.json",
    ".vscode/tasks.json",
    ".idea/workspace.xml",
    "project.code-workspace",
    "ruby_lsp/x/addon.rb",
    ".claude/settings.json",
    ".claude/agents/a.md",
    ".cursor/mcp.json",
    ".mcp.json",
    "AGENTS.md",
    ".nanobot/ledger.db",
    ".github/workflows/ci.yml",
    ".github/agents/a.md",
    ".github/hooks/a",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    ".ci/run",
    "Jenkinsfile",
    "azure-pipelines.yml",
    ".pre-commit-config.yaml",
    "package.json",
    "web/package.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "Cargo.lock",
    "uv.lock",
    "requirements.lock",
    "bun.lockb",
    "Cargo.toml",
    "build.rs",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "requirements-dev.txt",
    "go.mod",
    "go.sum",
    "app.csproj",
    "app.vcxproj",
    "Directory.Build.props",
    "build.gradle",
    "build.gradle.kts",
    "gradle/wrapper/gradle-wrapper.properties",
    "gradlew",
    "pom.xml",
    "Makefile",
    "CMakeLists.txt",
    "Dockerfile",
    "noxfile.py",
    "sitecustomize.py",
    "site-packages/evil.pth",
    ".npmrc",
    ".yarnrc.yml",
    ".pnpmfile.cjs",
    ".env",
    ".env.local",
    ".envrc",
    ".bashrc",
    ".zshenv",
    ".profile",
    ".ssh/authorized_keys",
    ".config/autostart/x.desktop",
    ".local/bin/python",
    ".aws/credentials",
    ".netrc",
    ".never-heard-of/x",
    "server.key",
    "workspace",
]

ORDINARY = [
    "a.py",
    "src/package/__init__.py",
    "git/objects.py",
    "github/client.py",
    "workspace/reader.py",
    "credentials/store.py",
    "configure/a.py",
    "vscode.py",
    "lock.py",
    "block.py",
    "locks/file_lock.py",
    "env.py",
    "environment.py",
    "package.py",
    "packages/json.py",
    "make.py",
    "agents.py",
    "setup_tools.py",
    "requirements.py",
    "projects/a.py",
    "docs/readme.md",
    "gradle/plugin.py",
    "ruby_lsp/addon.rb",
    "…/a.py",
]


@pytest.mark.parametrize("path", PROTECTED)
def test_control_files_are_protected(path: str) -> None:
    reason = protected_reason(path)

    assert reason
    assert reason.split()[0] in {"belongs", "holds", "decides", "is", "may"}


@pytest.mark.parametrize("path", ORDINARY)
def test_ordinary_files_are_not(path: str) -> None:
    assert protected_reason(path) is None


@pytest.mark.parametrize("path", PROTECTED)
def test_no_spelling_gets_around_it(path: str) -> None:
    *folders, name = path.split("/")
    spellings = [
        path.upper(),
        path.title(),
        path.swapcase(),
        unicodedata.normalize("NFD", path),
        "/".join([*(f"{folder}. ." for folder in folders), f"{name}."]),
        "/".join([*folders, f"{name} "]),
        "/".join([*folders, f"{name}::$DATA"]),
        "\u200c".join(path),
        path.replace("/", "\\"),
        path.replace("/", "//"),
        f"a/b/{path}",
        f"a/./{path}",
        f"a/../{path}",
    ]

    assert all(protected_reason(spelling) for spelling in spellings), spellings


def test_a_folder_in_place_of_the_file_is_protected_too() -> None:
    assert protected_reason("package.json/a.py")
    assert protected_reason("GIT~1/config")
    # Casefolding of the Kelvin sign and of the long s.
    assert protected_reason("MA\u212aEFILE")
    assert protected_reason("pac\u212aage.j\u017fon")


def test_ntfs_streams_are_seen_through() -> None:
    assert protected_reason("setup.py:stream")
    assert protected_reason(".git:x/config")
