// A server that ends as soon as it is started: the user is told, and not forever.
import fs from 'node:fs';

import { Workbench, assert } from './vscode_workbench.mjs';

const { NB_URL, NB_PICTURES, NB_STARTS, NB_SERVER, NB_WORKING } = process.env;
const starts = () => fs.readFileSync(NB_STARTS, 'utf8').split('\n').length - 1;

const workbench = await Workbench.open(NB_URL, { pictures: NB_PICTURES });
await workbench.guarded(async (w) => {
  const told = w.notification('the server does not run');
  await told.waitFor();
  await w.picture('told');
  await w.openFile('settings.py');
  assert.match(await w.languageStatus('not running'), /nanobot: not running/);
  await w.picture('status');
  const before = starts();
  assert.ok(before <= 6, `started ${before} times`);
  await w.page.waitForTimeout(3000);
  assert.equal(starts(), before);
  w.step('told once, and not started again');

  fs.copyFileSync(NB_WORKING, NB_SERVER);
  await w.command('nanobot: Restart Server');
  await w.languageStatus('nanobot 0');
  w.step('started again when it works');

  // A server has answered the editor before it opens its log.
  await w.until('the log of the server', async () => {
    await w.command('nanobot: Show Server Log');
    await w.page.locator('.tab.active', { hasText: 'lsp.log' }).waitFor({ timeout: 3000 });
    return true;
  });
  await w.picture('server-log');
  await w.command('nanobot: Show Logs');
  // It shows its end, which is of the server that runs.
  await w.page.locator('.part.panel .view-line', { hasText: '[info]' }).first().waitFor();
  await w.picture('logs');
  w.step('both logs');
}, { isLast: true });
