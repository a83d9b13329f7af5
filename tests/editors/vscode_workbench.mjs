// A user at a VS Code in a browser: looks at the window, clicks and types.
//
// Whatever is waited for may take a while on a busy machine; what never comes ends the run
// with a picture of the window.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import fs from 'node:fs';

const require = createRequire(`${process.env.NB_BROWSER}/package.json`);
const { chromium } = require('playwright-core');

const PATIENCE_MS = 30_000;
const LOOK_MS = 100;
const FADE_MS = 400;

export class Workbench {
  #startedMs = Date.now();
  #stepMs = Date.now();
  #pictures = 0;

  static async open(url, { pictures }) {
    fs.mkdirSync(pictures, { recursive: true });
    const browser = await chromium.launch({
      executablePath: process.env.NB_CHROMIUM,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(PATIENCE_MS);
    const workbench = new Workbench(browser, page, pictures);
    await workbench.guarded(async () => {
      await page.goto(url);
      await page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: 90_000 });
    });
    workbench.step('the window is open');
    return workbench;
  }

  constructor(browser, page, pictures) {
    this.browser = browser;
    this.page = page;
    this.pictures = pictures;
  }

  // Run a scenario; take a picture when it fails, and close the window.
  async guarded(scenario, { isLast = false } = {}) {
    let hasFailed = true;
    try {
      await scenario(this);
      hasFailed = false;
    } finally {
      if (hasFailed) {
        await this.picture('failed').catch(() => {});
      }
      if (isLast && !hasFailed) {
        // As when a user closes the window: it can say goodbye.
        await this.page.goto('about:blank');
      }
      if (hasFailed || isLast) {
        await this.browser.close();
      }
    }
  }

  // Say that something is done, and how long it took: one line of JSON for the test.
  step(name) {
    const nowMs = Date.now();
    const step = { step: name, seconds: (nowMs - this.#stepMs) / 1000, at: (nowMs - this.#startedMs) / 1000 };
    console.log(JSON.stringify(step));
    this.#stepMs = nowMs;
  }

  async picture(name) {
    await this.page.waitForTimeout(FADE_MS); // What comes fades in.
    this.#pictures += 1;
    const number = String(this.#pictures).padStart(2, '0');
    await this.page.screenshot({ path: `${this.pictures}/${number}-${name}.png` });
  }

  async until(what, look, patienceMs = PATIENCE_MS) {
    const endMs = Date.now() + patienceMs;
    let last;
    while (Date.now() < endMs) {
      try {
        last = await look();
        if (last) return last;
      } catch (error) {
        last = error;
      }
      await this.page.waitForTimeout(LOOK_MS);
    }
    throw new Error(`not within ${patienceMs / 1000} s: ${what}; last seen: ${last}`);
  }

  // A command of an extension is listed only once that runs, so the list is opened again.
  async command(title) {
    const { page } = this;
    await this.until(`the command ${title}`, async () => {
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await page.keyboard.press('F1');
      await page.locator('.quick-input-widget input[type=text]').fill(`>${title}`, { timeout: 3000 });
      await this.choice(title).first().waitFor({ timeout: 3000 });
      return true;
    });
    await this.choice(title).first().click();
  }

  choice(text) {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text });
  }

  // Type into the box that asks for a text.
  async answer(text) {
    const box = this.page.locator('.quick-input-widget input[type=text]');
    await box.fill(text);
    await this.page.keyboard.press('Enter');
  }

  notification(text) {
    return this.page.locator('.notifications-toasts .notification-list-item', { hasText: text });
  }

  async press(button, { of }) {
    await of.getByText(button, { exact: true }).click();
  }

  dialog() {
    return this.page.locator('.monaco-dialog-box');
  }

  async clearNotifications() {
    await this.command('Notifications: Clear All Notifications');
    await this.until('no notification', async () => (await this.notification('').count()) === 0);
  }

  // The lines of the language status, once one has this text. It is there while a file is shown.
  async languageStatus(part) {
    const { page } = this;
    const hover = page.locator('.hover-language-status');
    return this.until(`a status with '${part}'`, async () => {
      if ((await hover.count()) === 0) {
        await page.locator('.statusbar-item[id="status.languageStatus"]').click({ timeout: 3000 });
        await hover.first().waitFor({ timeout: 3000 });
      }
      const text = (await hover.allInnerTexts()).join('\n');
      if (text.includes(part)) {
        await page.mouse.move(640, 300); // It closes when nobody is over it.
        return text;
      }
      await page.keyboard.press('Escape');
      await hover.first().waitFor({ state: 'detached', timeout: 3000 });
      return null;
    });
  }

  async openFile(name) {
    await this.page.keyboard.press('Control+p');
    const box = this.page.locator('.quick-input-widget input[type=text]');
    await box.fill(name);
    await this.choice(name).first().click();
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
  }

  // The lines of the editor that is shown, in order: that of the elements is another one.
  async lines(editor = '.editor-instance .view-lines') {
    return this.page.$$eval(`${editor} .view-line`, (elements) =>
      elements
        .map((one) => [parseFloat(one.style.top), one.textContent.replace(/\u00a0/g, ' ')])
        .sort((one, other) => one[0] - other[0])
        .map((one) => one[1]));
  }

  async showsLine(part) {
    await this.until(`a line with '${part}'`, async () => (await this.lines()).some((line) => line.includes(part)));
  }

  async showProcesses() {
    await this.page.locator('.activitybar .action-label[aria-label^="nanobot"]').click();
    await this.page.locator('.pane-header, .composite.title', { hasText: 'Processes' }).first().waitFor();
  }

  // The actions at the top of what is shown; one is pressed by its label.
  title() {
    return {
      getByText: (label) => this.page.locator(`.editor-actions .action-label[aria-label^="${label}"]`),
    };
  }

  // A row of a view in the side bar.
  row(text) {
    return this.page.locator('.pane-body .monaco-list-row', { hasText: text });
  }

  // An icon at the end of a row: it is there while the mouse is over the row.
  async pressInRow(text, action) {
    const row = this.row(text).first();
    await row.hover();
    await row.locator(`.action-label[aria-label^="${action}"]`).click();
  }
}

// The OS processes of this user that run a module; others may run tests, too.
export async function ofUser(module) {
  const found = [];
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const isMine = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
        .includes(`XDG_RUNTIME_DIR=${process.env.XDG_RUNTIME_DIR}`);
      const parts = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (isMine && parts.includes(module)) found.push(Number(pid));
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

export { assert };
