// A user's day: a refactoring of the whole workspace, a long process, a review part by part.
// The window is used as a person would: by the palette, the process view and the mouse.
import fs from 'node:fs';

import { Workbench, assert, ofUser } from './vscode_workbench.mjs';

const { NB_URL, NB_PICTURES, NB_WORKSPACE } = process.env;
const onDisk = (name) => fs.readFileSync(`${NB_WORKSPACE}/${name}`, 'utf8');
const BEFORE = Object.fromEntries(['settings.py', 'main.py', 'store.py'].map((name) => [name, onDisk(name)]));

const workbench = await Workbench.open(NB_URL, { pictures: NB_PICTURES });
await workbench.guarded(async (w) => {
  await statusAndViews(w);
  await refactoring(w);
  await longProcess(w);
  await partByPart(w);
  await questions(w);
  await restarts(w);
}, { isLast: true });
workbench.step('the window is closed');

async function statusAndViews(w) {
  await w.openFile('settings.py');
  const status = await w.languageStatus('Models: rlm');
  assert.match(status, /nanobot \d+\.\d+\.\d+/);
  assert.match(status, /Index: /);
  await w.picture('status');
  await w.page.keyboard.press('Escape');
  await w.showProcesses();
  await w.page.locator('.pane-body', { hasText: 'No process has run' }).waitFor();
  await w.picture('no-process');
  w.step('three lines of status, and an empty process view');
}

async function refactoring(w) {
  const goal = 'rename load_cfg to read_settings';
  await w.command('nanobot: Refactor Workspace…');
  await w.choice('Rename').first().waitFor();
  await w.picture('sentences');
  await w.choice('Rename').first().click();
  await w.page.locator('.quick-input-widget', { hasText: 'What shall be done' }).waitFor();
  await w.picture('do');
  await w.answer(goal);
  await w.dialog().waitFor();
  await w.picture('plan');
  w.step('a sentence is planned');
  await w.press('Start', { of: w.dialog() });
  const ready = w.notification('edits in 2 files are ready');
  await ready.waitFor();
  await w.row(goal).filter({ hasText: 'to review' }).waitFor();
  await w.picture('ready');
  w.step('the change is planned and proved');

  await w.press('Show diff', { of: ready });
  await w.until('a comparison of two files', async () => (await w.page.locator('.multiDiffEntry').count()) === 2);
  await w.page.locator('.multiDiffEntry', { hasText: 'read_settings' }).first().waitFor();
  await w.picture('review');
  w.step('review with all files');

  await w.press('Accept All Changes', { of: w.title() });
  await w.until('the files are written', () => onDisk('main.py').includes('read_settings'));
  await w.row(goal).filter({ hasText: 'done' }).waitFor();
  await w.page.locator('.multiDiffEntry').first().waitFor({ state: 'detached' });
  assert.equal(onDisk('settings.py'), BEFORE['settings.py'].replace('load_cfg', 'read_settings'));
  await w.openFile('settings.py');
  await w.showsLine('def read_settings');
  await w.picture('accepted');
  w.step('accept all');

  await w.pressInRow(goal, 'Undo Process');
  await w.until('the files are as before', () =>
    ['main.py', 'settings.py'].every((name) => onDisk(name) === BEFORE[name]));
  await w.showsLine('def load_cfg');
  await w.picture('undone');
  await w.clearNotifications();
  w.step('undo');
}

async function longProcess(w) {
  const goal = 'add docstrings';
  await w.command('nanobot: Document Workspace');
  const progress = w.notification('nanobot').filter({ hasText: 'Cancel' });
  await progress.waitFor();
  await w.row(goal).filter({ hasText: '%' }).waitFor();
  await w.picture('progress');
  w.step('progress of a long process');
  await w.press('Cancel', { of: progress });
  await w.row(goal).filter({ hasText: 'cancelled' }).waitFor();
  await progress.waitFor({ state: 'detached' });
  await w.picture('cancelled');
  w.step('cancelled from the notification');

  await w.command('nanobot: Document Workspace');
  await w.row(goal).filter({ hasText: '%' }).waitFor();
  await w.pressInRow(goal, 'Pause Process');
  await w.row(goal).filter({ hasText: 'paused' }).waitFor();
  await w.picture('paused');
  await w.pressInRow(goal, 'Resume Process');
  await w.row(goal).filter({ hasText: '%' }).waitFor();
  await w.pressInRow(goal, 'Cancel Process');
  await w.until('both are cancelled', async () =>
    (await w.row(goal).filter({ hasText: 'cancelled' }).count()) === 2);
  assert.deepEqual(BEFORE, Object.fromEntries(Object.keys(BEFORE).map((name) => [name, onDisk(name)])));
  await w.clearNotifications();
  w.step('paused, resumed and cancelled in the process view');
}

async function partByPart(w) {
  const goal = 'add logging to the public functions';
  await w.command('nanobot: Do…');
  await w.answer(goal);
  await w.dialog().waitFor();
  await w.press('Start', { of: w.dialog() });
  const ready = w.notification('are ready');
  await ready.waitFor();
  await w.press('Later', { of: ready });
  await w.row(goal).first().locator('.monaco-tl-twistie').click();
  await w.row('log save').waitFor();
  await w.picture('hunks');
  w.step('a process with several parts');

  await w.pressInRow('log save', 'Accept This Change');
  await w.until('one change is written', () => onDisk('store.py').includes('Saving'));
  assert.ok(!onDisk('store.py').includes('Loading'));
  await w.row('log save').waitFor({ state: 'detached' });
  w.step('one change accepted in the process view');

  await w.pressInRow(goal, 'Review Process');
  const line = w.page.locator('.multiDiffEntry .modified .view-line', { hasText: 'Loading' });
  await line.click({ button: 'right' });
  const reject = w.page.getByRole('menuitem', { name: 'Reject Change at Cursor' });
  await reject.waitFor();
  await w.picture('menu');
  await reject.click();
  await w.row('log load').waitFor({ state: 'detached' });
  await line.waitFor({ state: 'detached' });
  assert.ok(!onDisk('store.py').includes('Loading'));
  await w.picture('rejected');
  w.step('one change rejected in the comparison of all files');

  await w.row('log lines').click();
  await w.page.locator('.modified-in-monaco-diff-editor .view-line', { hasText: 'Entering' }).waitFor();
  await w.picture('compared');
  w.step('one file compared');

  await w.pressInRow(goal, 'Accept All Changes');
  await w.until('the rest is written', () => onDisk('store.py').includes('Entering'));
  await w.row(goal).filter({ hasText: 'done' }).waitFor();
  assert.ok(!onDisk('store.py').includes('Loading'));
  w.step('the rest accepted');

  await w.pressInRow(goal, 'Undo Process');
  await w.until('the file is as before', () => onDisk('store.py') === BEFORE['store.py']);
  await w.clearNotifications();
  w.step('undo of what was accepted in parts');
}

async function questions(w) {
  await w.command('nanobot: Search…');
  await w.page.locator('.quick-input-widget input[type=text]').fill('load_cfg');
  await w.choice('settings.py').first().waitFor();
  await w.picture('search');
  await w.choice('settings.py').first().click();
  await w.page.locator('.tab.active', { hasText: 'settings.py' }).waitFor();
  w.step('search');

  await w.command('nanobot: Ask…');
  await w.answer('where is load_cfg defined?');
  await w.page.locator('.tab.active', { hasText: 'nanobot answer' }).waitFor();
  await w.showsLine('settings.py:1');
  await w.picture('answer');
  await w.clearNotifications();
  w.step('a question');
}

async function restarts(w) {
  const [first, ...others] = await ofUser('nanobot_server.lsp');
  assert.deepEqual(others, []);
  await w.command('nanobot: Restart Server');
  await w.until('another server', async () => {
    const now = await ofUser('nanobot_server.lsp');
    return now.length === 1 && now[0] !== first;
  });
  await w.openFile('main.py');
  await w.languageStatus('nanobot 0');
  w.step('restart');

  const [second] = await ofUser('nanobot_server.lsp');
  process.kill(second, 'SIGKILL');
  await w.until('a server after the crash', async () => {
    const now = await ofUser('nanobot_server.lsp');
    return now.length === 1 && now[0] !== second;
  });
  await w.languageStatus('nanobot 0');
  await w.row('rename load_cfg').waitFor();
  await w.picture('after-crash');
  w.step('a killed server is started again');
}
