// A new user: no server is installed, and the workspace is not trusted yet.
import fs from 'node:fs';
import path from 'node:path';

import { Workbench, assert } from './vscode_workbench.mjs';

const { NB_URL, NB_PICTURES, NB_WHEELS, NB_WHEEL } = process.env;

const workbench = await Workbench.open(NB_URL, { pictures: NB_PICTURES });
await workbench.guarded(async (w) => {
  const offer = w.notification('no server was found');
  await offer.waitFor();
  await w.picture('no-server');
  w.step('told that there is no server');

  await w.openFile('settings.py');
  assert.match(await w.languageStatus('no server'), /nanobot: no server/);
  await w.picture('status-no-server');

  await w.command('View: Close Primary Side Bar');
  await w.command('nanobot: Set Up nanobot');
  await w.page.locator('.gettingStartedContainer', { hasText: 'Install the server' }).waitFor();
  await w.picture('walkthrough');
  w.step('walkthrough');

  // Without a package index the user is told what can be done.
  await w.press('Install Server', { of: w.page.locator('.gettingStartedContainer') });
  await w.dialog().waitFor();
  await w.picture('consent');
  await w.press('Install', { of: w.dialog() });
  const failure = w.notification('the server was not installed');
  await failure.waitFor({ timeout: 60_000 });
  await w.picture('not-installed');
  assert.match(await failure.textContent(), /install nanobot-lsp by hand and set nanobot\.path/);
  w.step('an installation that fails');

  fs.copyFileSync(NB_WHEEL, path.join(NB_WHEELS, path.basename(NB_WHEEL)));
  await w.press('Try Again', { of: failure });
  await w.notification('installing the server').waitFor();
  await w.picture('installing');
  await w.page.locator('.codicon-getting-started-step-checked').first().waitFor({ timeout: 60_000 });
  await w.picture('installed');
  await w.openFile('settings.py');
  assert.match(await w.languageStatus('from the managed environment'), /nanobot 0\.1\.0/);
  await w.picture('status-managed');
  w.step('the server is installed');

  await w.command('nanobot: Do…');
  const refusal = w.notification('only in a workspace that you trust');
  await refusal.waitFor();
  await w.picture('not-trusted');
  w.step('no process in a workspace that is not trusted');

  await w.press('Manage Workspace Trust', { of: refusal });
  await w.page.locator('.workspace-trust-editor').getByText('Trust', { exact: true }).first().click();
  await w.until('the restricted mode ends', async () =>
    (await w.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).count()) === 0);
  await w.openFile('settings.py');
  assert.match(await w.languageStatus('from the managed environment'), /nanobot 0\.1\.0/);
  await w.command('nanobot: Do…');
  await w.page.locator('.quick-input-widget', { hasText: 'What shall be done' }).waitFor();
  await w.picture('trusted');
  w.step('after trust, a process may be asked for');
}, { isLast: true });
