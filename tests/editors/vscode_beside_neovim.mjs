// A user who has the same project open in another editor, too.
//
// What the other editor's part is, the test does: it writes a line to our stdin when that is done.
import fs from 'node:fs';
import readline from 'node:readline';

import { Workbench, assert, ofUser } from './vscode_workbench.mjs';

const { NB_URL, NB_PICTURES, NB_WORKSPACE } = process.env;
const onDisk = (name) => fs.readFileSync(`${NB_WORKSPACE}/${name}`, 'utf8');
const turns = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const goal = 'add logging to the public functions';

const workbench = await Workbench.open(NB_URL, { pictures: NB_PICTURES });
await workbench.guarded(async (w) => {
  await w.openFile('store.py');
  await w.showProcesses();
  await w.command('nanobot: Do…');
  await w.answer(goal);
  await w.dialog().waitFor();
  await w.press('Start', { of: w.dialog() });
  const ready = w.notification('are ready');
  await ready.waitFor();
  await w.press('Later', { of: ready });
  await w.row(goal).first().locator('.monaco-tl-twistie').click();
  await w.row('log save').waitFor();
  w.step('started here');

  // The other one accepts a change, and saves it.
  await turns.next();
  await w.row('log save').waitFor({ state: 'detached' });
  await w.row('log load').waitFor();
  await w.showsLine('Saving');
  assert.ok(onDisk('store.py').includes('Saving'));
  await w.picture('accepted-elsewhere');
  w.step('accepted there');

  // The other one is gone.
  await turns.next();
  await w.pressInRow('log load', 'Accept This Change');
  await w.until('it is written', () => onDisk('store.py').includes('Loading'));
  await w.row('log load').waitFor({ state: 'detached' });
  await w.row('log lines').waitFor();
  assert.ok(onDisk('store.py').includes('Saving'));
  assert.equal((await ofUser('nanobot_server.host')).length, 1);
  await w.picture('accepted-here');
  w.step('accepted here');
}, { isLast: true });
process.exit(0);
