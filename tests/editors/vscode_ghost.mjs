// A user who types, and takes what is suggested with Tab. The models are real.
import { Workbench, assert } from './vscode_workbench.mjs';

const workbench = await Workbench.open(process.env.NB_URL, { pictures: process.env.NB_PICTURES });
await workbench.guarded(async (w) => {
  const { page } = w;
  await w.openFile('shapes.py');
  await w.languageStatus('Models: ready');
  // The status took the keyboard from the editor.
  await page.locator('.editor-instance .view-line', { hasText: 'def area' }).first().click();
  await page.keyboard.press('Control+End');
  w.step('the file is open');

  await page.keyboard.type('def circle_area(radius):', { delay: 40 });
  await page.keyboard.press('Enter');
  const ghost = page.locator('.ghost-text, .ghost-text-decoration, .ghost-text-decoration-preview');
  await ghost.first().waitFor({ timeout: 90_000 });
  w.step('the first suggestion: a model is loaded');
  await w.picture('ghost');
  await page.keyboard.press('Tab');
  // What is suggested stands in the lines, too, until it is taken.
  const after = await w.until('the text is in the file', async () =>
    (await ghost.count()) === 0 ? (await w.lines()).join('\n') : null);
  assert.match(after, /def circle_area\(radius\):\n +return .*radius/);
  await w.picture('accepted');
  w.step('accepted with Tab');

  await page.keyboard.press('Control+End');
  await page.keyboard.press('Enter');
  await page.keyboard.type('print(circle_', { delay: 40 });
  await ghost.first().waitFor({ timeout: 30_000 });
  await w.picture('ghost-warm');
  w.step('a suggestion of a model that is loaded');
}, { isLast: true });
