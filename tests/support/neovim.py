"""A Neovim without a screen, that a test types into and asks over its socket."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

REPO: Final = Path(__file__).resolve().parents[2]
WAIT_S: Final = 60.0

# What a picker plugin does, with the answers of a test; and a place for what is told.
_INIT: Final = """
vim.opt.runtimepath:prepend({plugin})
vim.o.swapfile, vim.o.shadafile, vim.o.hidden = false, 'NONE', true
vim.o.columns, vim.o.lines = 120, 40
vim.lsp.config('nanobot', {{ cmd = vim.json.decode({command}) }})
vim.lsp.enable('nanobot')
Told, Asked, Answers = {{}}, {{}}, {{}}
vim.notify = function(text) table.insert(Told, text) end
vim.ui.select = function(items, options, on_choice)
  local titles = vim.tbl_map(options.format_item or tostring, items)
  table.insert(Asked, {{ prompt = options.prompt, titles = titles }})
  local wanted = table.remove(Answers, 1)
  for index, title in ipairs(titles) do
    if title == wanted then return on_choice(items[index], index) end
  end
  on_choice(nil)
end
function Run(code)
  local is_run, value = xpcall(assert(loadstring(code)), debug.traceback)
  return vim.json.encode({{ is_run = is_run, value = value }})
end
{more}
"""


class Neovim:
    """One Neovim. Leave its `with` block to end it."""

    def __init__(
        self,
        program: Path,
        folder: Path,
        env: Mapping[str, str],
        *,
        workspace: Path,
        files: Sequence[Path] = (),
        init: str = "",
    ) -> None:
        """Start it.

        Args:
            program: `nvim`.
            folder: For its socket and its configuration. Its path is short.
            env: Its environment, all of it.
            workspace: Its current folder.
            files: What it opens.
            init: More Lua for its configuration.
        """
        self._command: list[str | Path] = [program, "--clean", "--headless"]
        self._env = dict(env)
        folder.mkdir(exist_ok=True)
        self._socket = folder / "nvim.sock"
        command = json.dumps([sys.executable, "-m", "nanobot_server.lsp", "--stdio"])
        plugin = json.dumps(str(REPO / "editors" / "neovim"))
        text = _INIT.format(plugin=plugin, command=json.dumps(command), more=init)
        (folder / "init.lua").write_text(text, encoding="utf-8")
        self.process = subprocess.Popen(
            [*self._command, "--listen", self._socket, "-u", folder / "init.lua", *files],
            cwd=workspace,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + WAIT_S
        while not self._socket.exists():
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < deadline, "nvim did not start"
            time.sleep(0.02)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def lua(self, code: str) -> Any:
        """Run Lua, and return what it returns.

        Raises:
            AssertionError: It raised an error.
        """
        quoted = " ".join(code.split("\n")).replace("'", "''")
        expression = f"luaeval('Run(_A)', '{quoted}')"
        done = subprocess.run(
            [*self._command, "--server", self._socket, "--remote-expr", expression],
            env=self._env,
            capture_output=True,
            text=True,
            timeout=2 * WAIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        # Where it is printed depends on whether there is a terminal.
        answer = json.loads(done.stdout or done.stderr)
        assert answer["is_run"], answer["value"]
        return answer.get("value")

    def ex(self, command: str) -> None:
        """Run an Ex command."""
        self.lua(f"vim.cmd({json.dumps(command)})")

    def type(self, keys: str) -> None:
        """Press keys, written as in a mapping, and return at once."""
        self.lua(f"vim.api.nvim_input({json.dumps(keys)})")

    def until(self, what: str, condition: str, *, timeout_s: float = WAIT_S) -> None:
        """Wait until a Lua expression is true, with everything else going on."""
        # In short pieces: what was typed is looked at in between.
        code = f"return vim.wait(100, function() return {condition} end, 10)"
        deadline = time.monotonic() + timeout_s
        while not self.lua(code):
            assert time.monotonic() < deadline, f"{what}: {self.messages()} {self.asked()}"

    def answer(self, *titles: str) -> None:
        """Choose these of the next questions."""
        self.lua(f"Answers = vim.json.decode({json.dumps(json.dumps(titles))})")

    def messages(self) -> list[str]:
        """Return what the user was told."""
        return list(self.lua("return Told"))

    def asked(self) -> list[dict[str, Any]]:
        """Return the questions that the user was asked, each a `prompt` and `titles`."""
        return list(self.lua("return Asked"))

    def text(self, buffer: str | int = 0) -> str:
        """Return the text of a buffer, named by its file or number."""
        if isinstance(buffer, str):
            buffer = int(self.lua(f"return vim.fn.bufnr({json.dumps(buffer)})"))
        lines = self.lua(f"return vim.api.nvim_buf_get_lines({buffer}, 0, -1, false)")
        return "".join(f"{line}\n" for line in lines)
