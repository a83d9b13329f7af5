"""The Neovim plugin in a real Neovim, with the real server and the real host."""

import os
import re
import shutil
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from support.neovim import REPO, Neovim
from support.terminal import Terminal, wait_until

pytestmark = [pytest.mark.editor, pytest.mark.timeout(300)]

CODE = {
    "settings.py": "def load_cfg(path):\n    return path\n",
    "main.py": "from settings import load_cfg\n\n\ndef send(data):\n    return load_cfg(data)\n",
}


def functions(count: int) -> str:
    return "\n\n".join(
        f"def total_{number}(numbers):\n    return sum(numbers) + {number}\n"
        for number in range(count)
    )


FUNCTIONS = functions(4)
LISTED = "table.concat(vim.api.nvim_buf_get_lines(vim.fn.winbufnr(1), 0, -1, false), ' ')"
"""The list of a review, in Lua."""

PROCESSES = (
    "table.concat(vim.api.nvim_buf_get_lines("
    "vim.fn.bufnr('nanobot://processes'), 0, -1, false), ' ')"
)
"""The process window, in Lua."""

SHAPES = '''\
"""Shapes."""


def area_of_rectangle(width: float, height: float) -> float:
    """Return the area of a rectangle."""
    return width * height


def perimeter_of_rectangle(width: float, height: float) -> float:
    """Return the perimeter of a rectangle."""
    return 2 * (width + height)


def area_of_square(side: float) -> float:
    """Return the area of a square."""
'''
TAB = """
vim.keymap.set('i', '<Tab>', function()
  return require('nanobot.ghost_text').accept() and '' or '<Tab>'
end, { expr = true })
"""
GHOST = """(function()
  local shown = vim.api.nvim_buf_get_extmarks(0, -1, 0, -1, { details = true })
  for _, mark in ipairs(shown) do
    if mark[4].virt_text then return mark[4].virt_text[1][1] end
  end
end)()"""
"""What is shown at the cursor and not in the text, in Lua."""

Start = Callable[..., Neovim]


@pytest.fixture
def start(neovim: Path, terminal: Terminal) -> Generator[Start]:
    """Start Neovim in the workspace of `terminal`, with the names of files that it opens."""
    (terminal.workspace / ".git").mkdir()
    with ExitStack() as stack:

        def start(*names: str, init: str = "") -> Neovim:
            env = {**os.environ, **terminal.env}
            files = [terminal.workspace / name for name in names]
            folder, workspace = terminal.folder / "nvim", terminal.workspace
            opened = Neovim(neovim, folder, env, workspace=workspace, files=files, init=init)
            return stack.enter_context(opened)

        yield start


def write_code(terminal: Terminal) -> None:
    for name, text in CODE.items():
        terminal.write(name, text)


def attach(editor: Neovim) -> None:
    editor.until("it is attached", "vim.lsp.get_clients({ name = 'nanobot', bufnr = 0 })[1]")


def windows(editor: Neovim) -> list[Any]:
    """Return the text of each window of the tab page that is shown."""
    numbers = editor.lua("return vim.fn.tabpagebuflist()")
    return [editor.text(number) for number in numbers]


def test_nothing_is_loaded_before_it_is_used(start: Start) -> None:
    editor = start()

    loaded = editor.lua(
        "return vim.tbl_filter(function(name) return name:find('^nanobot') end,"
        " vim.tbl_keys(package.loaded))"
    )

    assert loaded == []
    assert editor.lua("return vim.fn.exists(':Nanobot')") == 2


def test_every_module_loads_and_the_help_has_its_tags(start: Start, terminal: Terminal) -> None:
    plugin = REPO / "editors" / "neovim"
    names = sorted(path.stem for path in (plugin / "lua" / "nanobot").glob("*.lua"))
    copied = terminal.folder / "doc"
    shutil.copytree(plugin / "doc", copied)
    editor = start()

    for name in names:
        module = "nanobot" if name == "init" else f"nanobot.{name}"
        assert editor.lua(f"return type(require('{module}'))") == "table"
    editor.ex(f"helptags {copied}")

    tags = {line.split("\t")[0] for line in (copied / "tags").read_text().splitlines()}
    text = (copied / "nanobot.txt").read_text(encoding="utf-8")
    assert set(re.findall(r"\|(nanobot[-\w]*)\|", text)) <= tags
    commands = editor.lua("return require('nanobot.commands').complete('', 'Nanobot ')")
    assert set(re.findall(r"^:Nanobot (\w+)", text, re.MULTILINE)) == set(commands)


def test_a_sentence_becomes_a_review_in_a_tab_and_is_accepted(
    start: Start, terminal: Terminal
) -> None:
    write_code(terminal)
    editor = start("main.py")
    attach(editor)
    editor.answer("Start", "Show diff")

    editor.ex("Nanobot rename load config to read_settings")
    editor.until("the review is shown", "#vim.api.nvim_list_tabpages() == 2")
    editor.until("both texts are there", "vim.fn.search('read_settings', 'nw') > 0")

    plan, review = editor.asked()
    assert plan["titles"] == ["Start", "Cancel"]
    assert plan["prompt"].startswith("nanobot: rename function load_cfg to read_settings")
    assert review["titles"] == ["Apply", "Show diff", "Later"]
    listed, old, new = windows(editor)
    assert "> main.py" in listed
    assert "  settings.py" in listed
    assert "It is one whole" in listed
    assert old == CODE["main.py"]
    assert new == CODE["main.py"].replace("load_cfg", "read_settings")
    assert editor.lua(
        "return vim.wo[vim.fn.win_getid(2)].diff and vim.wo[vim.fn.win_getid(3)].diff"
    )

    editor.type("ga")
    editor.until("it is accepted", "vim.fn.bufnr('settings.py') > 0")
    editor.until("the list says so", f"{LISTED}:find('Nothing waits', 1, true)")
    assert "read_settings" in editor.text("main.py")
    assert "load_cfg" not in editor.text("settings.py")

    editor.type("u")
    editor.until("it is undone", f"{LISTED}:find('main.py', 1, true)")
    editor.until("the buffer too", "vim.fn.bufnr('main.py') > 0")
    assert editor.text("main.py") == CODE["main.py"]
    assert editor.text("settings.py") == CODE["settings.py"]


def test_changes_are_decided_one_by_one_and_then_all(start: Start, terminal: Terminal) -> None:
    terminal.write("totals.py", FUNCTIONS)
    terminal.write("more.py", FUNCTIONS)
    editor = start("totals.py")
    attach(editor)
    # It leaves when no front comes within seconds.
    terminal.start_host()
    editor.answer("Start", "Later")

    editor.ex("Nanobot add docstrings to every public function")
    editor.until("it is ready", "#Asked == 2")
    editor.ex("Nanobot review")
    editor.until("the review is shown", "#vim.api.nvim_list_tabpages() == 2")
    editor.until("both texts are there", "vim.fn.search('\"\"\"', 'nw') > 0")
    listed, old, new = windows(editor)
    assert "> more.py  4 changes" in listed
    assert old == FUNCTIONS
    assert new.count('"""') == 8
    editor.lua("vim.fn.search('def total_1')")
    editor.type("a")
    editor.until("one is accepted", f"{LISTED}:find('more.py  3 changes', 1, true)")
    editor.lua("vim.fn.search('def total_2')")
    editor.type("r")
    editor.until("one is rejected", f"{LISTED}:find('more.py  2 changes', 1, true)")
    text = editor.text("more.py")
    assert text.count('"""') == 2
    assert 'def total_1(numbers):\n    """' in text

    editor.type("]f")
    editor.until("the other file is shown", f"{LISTED}:find('> totals.py  4 changes', 1, true)")
    editor.type("ga")
    editor.until("everything is decided", f"{LISTED}:find('Nothing waits', 1, true)")
    assert editor.text("totals.py").count('"""') == 8
    assert editor.text("more.py").count('"""') == 6
    assert "def total_2(numbers):\n    return" in editor.text("more.py")


def test_the_process_window_follows_and_its_keys_act(start: Start, terminal: Terminal) -> None:
    terminal.write("totals.py", functions(100))
    editor = start(
        "totals.py", init="vim.o.statusline = \"%{%v:lua.require'nanobot.statusline'.get()%}\""
    )
    attach(editor)
    terminal.start_host(wave_s=2)
    editor.answer("Start", "Yes")
    editor.ex("Nanobot")
    editor.until("it is open", f"{PROCESSES}:find('no process yet', 1, true)")

    editor.ex("Nanobot add docstrings to every public function")
    editor.until("it runs", f"{PROCESSES}:find('running', 1, true)")

    assert "p1   add docstrings to every public function" in editor.text("nanobot://processes")
    assert editor.text("nanobot://processes").startswith(str(terminal.workspace))
    shown = editor.lua("return vim.api.nvim_eval_statusline(vim.go.statusline, {}).str")
    assert shown.startswith("nanobot: p1"), shown
    editor.type("p")
    editor.until("it is paused", f"{PROCESSES}:find('paused', 1, true)")
    editor.type("p")
    editor.until("it runs again", f"{PROCESSES}:find('running', 1, true)")
    editor.type("x")
    editor.until("it is cancelled", f"{PROCESSES}:find('cancelled', 1, true)")
    assert editor.asked()[-1]["prompt"] == "Cancel p1?"

    editor.type("g?")
    editor.until("keys are listed", "vim.api.nvim_win_get_config(0).relative ~= ''")
    assert "x      cancel it" in editor.text()
    editor.type("qq")
    editor.until("both are closed", "#vim.api.nvim_list_wins() == 1")


def test_checkhealth_says_how_everything_is(start: Start, terminal: Terminal) -> None:
    write_code(terminal)
    editor = start("main.py")
    attach(editor)

    editor.ex("checkhealth nanobot")

    text = editor.text()
    assert "OK Neovim 0." in text
    assert "OK nanobot-lsp " in text
    assert "OK protocol 1" in text
    assert "host of this workspace" in text
    assert "(main) is not there" in text
    assert "Run `nanobot setup`" in text
    assert "of memory are free" in text
    assert "not there; run 'nanobot setup'" in text, "what the doctor found"
    assert "ERROR" not in text


def test_an_answer_shows_its_lines_and_leads_to_them(start: Start, terminal: Terminal) -> None:
    write_code(terminal)
    editor = start("main.py")
    attach(editor)

    editor.ex("Nanobot ask where is load_cfg defined?")
    editor.until("it is answered", "vim.fn.search('def load_cfg', 'n') > 0")
    assert editor.text().startswith("# where is load_cfg defined?\n\n**settings.py:1**\n")
    assert editor.lua("return vim.bo.filetype") == "markdown"
    editor.lua("vim.fn.search('def load_cfg')")
    editor.type("<CR>")
    editor.until("the place is shown", "vim.fn.expand('%:t') == 'settings.py'")

    editor.ex("Nanobot search load config")
    editor.until("places are listed", "#vim.fn.getqflist() > 0")
    found = editor.lua(
        "return vim.tbl_map(function(one) return vim.fn.bufname(one.bufnr) end, vim.fn.getqflist())"
    )
    assert {Path(name).name for name in found} == {"main.py", "settings.py"}


def test_two_projects_have_a_server_each(start: Start, terminal: Terminal) -> None:
    write_code(terminal)
    other = terminal.write("inner/tool.py")
    (other.parent / ".git").mkdir()
    editor = start("main.py", "inner/tool.py")
    attach(editor)
    editor.ex("rightbelow vsplit inner/tool.py")
    editor.until("both run", "#vim.lsp.get_clients({ name = 'nanobot' }) == 2")
    attach(editor)

    editor.ex("Nanobot processes")
    editor.until("both are listed", f"select(2, {PROCESSES}:gsub('no process yet', '')) == 2")
    editor.ex("wincmd p")
    editor.ex("Nanobot search total")
    editor.until("places are listed", "#vim.fn.getqflist() > 0")

    found = editor.lua("return vim.fn.bufname(vim.fn.getqflist()[1].bufnr)")
    assert found.endswith("inner/tool.py")


def test_nothing_is_left_when_neovim_ends(start: Start, terminal: Terminal) -> None:
    write_code(terminal)
    editor = start("main.py")
    attach(editor)
    editor.ex("Nanobot search load config")
    editor.until("places are listed", "#vim.fn.getqflist() > 0")
    pids = [
        int(pid) for pid in editor.lua("return vim.api.nvim_get_proc_children(vim.fn.getpid())")
    ]
    assert pids
    assert terminal.host_pid() is not None

    editor.type("<Esc>:qa!<CR>")

    wait_until(lambda: editor.process.poll() is not None, timeout_s=30)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), timeout_s=30)
    wait_until(lambda: terminal.host_pid() is None, timeout_s=30)


def test_a_copy_that_went_wrong_is_sent_again_and_a_server_started_again(
    start: Start, terminal: Terminal
) -> None:
    write_code(terminal)
    editor = start("main.py")
    attach(editor)
    titles = """(function()
      local client = vim.lsp.get_clients({ bufnr = 0 })[1]
      local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
      params.context = { diagnostics = {} }
      local answer = client:request_sync('textDocument/codeAction', params, 10000, 0)
      return vim.tbl_map(function(one) return one.title end, answer.result or {})
    end)()"""
    document = f"vim.list_contains({titles}, 'nanobot: Document this function')"
    editor.lua("vim.fn.cursor(4, 1)")
    editor.until("there is an action", document)

    editor.lua("""
      vim.lsp.get_clients({ bufnr = 0 })[1]:notify('textDocument/didChange', {
        textDocument = { uri = vim.uri_from_bufnr(0), version = vim.lsp.util.buf_versions[1] },
        contentChanges = { {
          range = { start = { line = 90, character = 0 }, ['end'] = { line = 90, character = 0 } },
          text = 'x',
        } },
      })
      vim.api.nvim_buf_set_lines(0, 0, 0, false, { '# one more line', '# and another' })
      vim.fn.cursor(6, 1)""")
    editor.until("there is an action again", document)
    assert editor.messages() == []

    before = editor.lua("return vim.lsp.get_clients({ name = 'nanobot' })[1].id")
    editor.ex("Nanobot restart")
    attached = "vim.lsp.get_clients({ name = 'nanobot', bufnr = 0 })[1]"
    editor.until("another one runs", f"{attached} and {attached}.id ~= {before}")
    editor.until("it knows the buffer", document)


def test_hunks_are_found_from_both_texts(start: Start) -> None:
    editor = start()

    found = editor.lua("""
      local place = require('nanobot.hunk_place')
      local old = { 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' }
      local new = { 'a', 'one', 'two', 'b', 'c', 'D', 'e', 'g', 'h' }
      local changes = place.changes(old, new)
      local hunks = {
        { hunkId = 'insert', startLine = 1, endLine = 1 },
        { hunkId = 'change', startLine = 3, endLine = 4 },
        { hunkId = 'delete', startLine = 5, endLine = 6 },
      }
      local ids, back = {}, {}
      for line = 0, #new - 1 do
        local hunk = place.hunk_at(hunks, place.old_line(changes, line))
        ids[line + 1] = hunk and hunk.hunkId or ''
      end
      for index, hunk in ipairs(hunks) do
        back[index] = new[place.new_line(changes, hunk.startLine) + 1]
      end
      return { ids = ids, back = back }""")

    assert found["ids"][1:3] == ["insert", "insert"]
    assert found["ids"][5] == "change"
    assert found["ids"][7] == "delete"
    assert found["back"] == ["one", "D", "g"]


def test_the_server_is_told_whether_another_one_knows_better(
    start: Start, terminal: Terminal
) -> None:
    write_code(terminal)
    editor = start("main.py")
    attach(editor)
    offered = editor.lua("return vim.lsp.get_clients()[1].server_capabilities")
    assert offered["hoverProvider"]
    assert offered["documentSymbolProvider"]
    # A server inside Neovim, which answers what a name is and nothing else.
    editor.lua("""
      vim.lsp.start({ name = 'other', cmd = function()
        return {
          request = function(method, _, on_answer)
            local capabilities = { hoverProvider = true }
            on_answer(nil, method == 'initialize' and { capabilities = capabilities } or nil)
            return true, 1
          end,
          notify = function() return true end,
          is_closing = function() return false end,
          terminate = function() end,
        }
      end })""")
    editor.until("it is attached", "#vim.lsp.get_clients({ bufnr = 0, name = 'other' }) == 1")

    here = editor.lua(
        "return require('nanobot.other_servers').missing(vim.api.nvim_get_current_buf())"
    )
    elsewhere = editor.lua(
        "return require('nanobot.other_servers').missing(vim.api.nvim_create_buf(true, false))"
    )

    assert here == {"symbols": True, "hover": False}
    assert elsewhere == {"symbols": True, "hover": True}


def test_likely_changes_are_asked_about_once_and_not_in_a_review(
    start: Start, terminal: Terminal
) -> None:
    write_code(terminal)
    editor = start("main.py")
    attach(editor)
    apply = """
      Said = nil
      local client = vim.lsp.get_clients({ name = 'nanobot' })[1]
      local range = { start = { line = 0, character = 0 }, ['end'] = { line = 0, character = 0 } }
      local changes = {}
      for _, name in ipairs({ 'main.py', 'settings.py' }) do
        table.insert(changes, {
          textDocument = {
            uri = vim.uri_from_fname(vim.fn.fnamemodify(name, ':p')),
            version = vim.NIL,
          },
          edits = { { range = range, newText = '# likely\\n', annotationId = 'one' } },
        })
      end
      local annotations = { one = { label = 'in a string', needsConfirmation = true } }
      local params = {
        label = 'nanobot: 2 edits',
        edit = { documentChanges = changes, changeAnnotations = annotations },
      }
      local context = { client_id = client.id, method = 'workspace/applyEdit' }
      coroutine.wrap(function()
        Said = require('nanobot.edit_request').on_apply(nil, params, context)
      end)()"""

    editor.answer("No")
    editor.lua(apply)
    editor.until("it is refused", "Said and Said.applied == false")
    assert editor.text("main.py") == CODE["main.py"]

    editor.answer("Yes")
    editor.lua(apply)
    editor.until("it is applied", "Said and Said.applied")
    assert editor.text("main.py") == "# likely\n" + CODE["main.py"]
    assert editor.text("settings.py") == "# likely\n" + CODE["settings.py"]
    assert [one["prompt"] for one in editor.asked()] == [
        "nanobot: only likely are 2: in a string. Apply these too?"
    ] * 2

    editor.lua("require('nanobot.edit_request').decide(vim.lsp.get_clients()[1].id)")
    editor.lua(apply)
    editor.until("it is applied at once", "Said and Said.applied")
    assert len(editor.asked()) == 2


@pytest.mark.model
def test_ghost_text_is_shown_while_typing_and_accepted(
    start: Start, terminal: Terminal, models_dir: Path
) -> None:
    terminal.use_models(models_dir)
    terminal.write("shapes.py", SHAPES)
    editor = start("shapes.py", init=TAB)
    attach(editor)

    editor.type("GA<CR>return")
    editor.until("it is shown", GHOST, timeout_s=120)
    ghost = editor.lua(f"return {GHOST}")
    editor.type("<Tab>")
    editor.until("it is accepted", "vim.api.nvim_get_current_line() ~= '    return'")

    assert editor.lua("return vim.api.nvim_get_mode().mode") == "i"
    assert editor.text() == f"{SHAPES}    return{ghost}\n"
    compile(editor.text(), "shapes.py", "exec")
    editor.type("<Tab>")
    editor.until("Tab is Tab again", "vim.api.nvim_get_current_line():find('[ \\t]$')")
