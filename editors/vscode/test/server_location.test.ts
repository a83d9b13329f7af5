import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import test from 'node:test';

import { locate, Places, programOnPath } from '../src/server_location';
import { commandLine, ProgramError } from '../src/server_program';

/** Run a case with an empty folder. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nb-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function program(file: string, script: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const SERVER = 'echo "nanobot-lsp 0.1.0"';
const BROKEN = 'echo "No module named nanobot_server" >&2; exit 1';

function places(folder: string, some: Partial<Places>): Places {
  return { path: '', python: null, searchPath: '', managed: path.join(folder, 'none'), cwd: folder, ...some };
}

test('the setting comes first', () =>
  inFolder(async (folder) => {
    const mine = program(path.join(folder, 'mine'), SERVER);
    const python = program(path.join(folder, 'python'), SERVER);

    const { server } = await locate(places(folder, { path: mine, python }));

    assert.equal(server?.command, mine);
    assert.equal(server?.version, '0.1.0');
  }));

test('a setting that does not work is an error, whatever else there is', () =>
  inFolder(async (folder) => {
    const python = program(path.join(folder, 'python'), SERVER);

    await assert.rejects(locate(places(folder, { path: '/nowhere/nanobot-lsp', python })), ProgramError);
    await assert.rejects(locate(places(folder, { path: 'bin/nanobot-lsp', python })), /not an absolute path/);
  }));

test('the chosen Python, then PATH, then the managed environment, and why not', () =>
  inFolder(async (folder) => {
    const python = program(path.join(folder, 'python'), BROKEN);
    const onPath = program(path.join(folder, 'bin', 'nanobot-lsp'), BROKEN);
    const managed = program(path.join(folder, 'managed'), SERVER);
    const searchPath = path.dirname(onPath);

    const found = await locate(places(folder, { python, searchPath, managed }));

    assert.equal(found.server?.command, managed);
    assert.deepEqual(found.reasons, [
      `the chosen Python environment: ${python}: No module named nanobot_server`,
      `PATH: ${onPath}: No module named nanobot_server`,
    ]);
  }));

test('the chosen Python runs the module, in a folder that is not the workspace', () =>
  inFolder(async (folder) => {
    const said = path.join(folder, 'said');
    const python = program(path.join(folder, 'python'), `echo "$PWD $PYTHONSAFEPATH $*" >"${said}"; ${SERVER}`);

    const { server } = await locate(places(folder, { python }));

    assert.equal(readFileSync(said, 'utf8'), `${folder} 1 -m nanobot_server.lsp --version\n`);
    assert.equal(commandLine(server!).command, python);
  }));

test('nothing is found where nothing is', () =>
  inFolder(async (folder) => {
    assert.deepEqual(await locate(places(folder, {})), { server: null, reasons: [] });
  }));

test('a program that is something else is not taken for the server', () =>
  inFolder(async (folder) => {
    const other = program(path.join(folder, 'other'), 'echo "other 1.0"');

    await assert.rejects(locate(places(folder, { path: other })), /answers --version with 'other 1\.0'/);
  }));

test('a folder of PATH that is not absolute is passed over', () =>
  inFolder(async (folder) => {
    program(path.join(folder, 'nanobot-lsp'), SERVER);
    const relative = path.relative(process.cwd(), folder);

    assert.equal(programOnPath('nanobot-lsp', `.:${relative}`), null);
    assert.equal(programOnPath('nanobot-lsp', folder), path.join(folder, 'nanobot-lsp'));
  }));

test('the command line program lies beside the server', () => {
  const server = { command: '/x/nanobot-lsp/bin/nanobot-lsp', args: [], source: '', version: '', isOurs: false };
  assert.deepEqual(commandLine(server), { command: '/x/nanobot-lsp/bin/nanobot', args: [] });
});
