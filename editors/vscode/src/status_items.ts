/**
 * Three lines of the language status: server, index, models.
 *
 * They are shown for every file, since nanobot works on all of a workspace.
 */

import * as vscode from 'vscode';

import { ModelStatus, PROTOCOL_VERSION, Status, WorkspaceStatus } from './protocol';
import { ServerState } from './server';

const EVERYWHERE: vscode.DocumentSelector = [{ scheme: 'file' }, { scheme: 'untitled' }];
const { Information, Warning, Error: Failure } = vscode.LanguageStatusSeverity;

export class StatusItems implements vscode.Disposable {
  private readonly server = item('nanobot.server', 'nanobot server');
  private readonly index = item('nanobot.index', 'nanobot index');
  private readonly models = item('nanobot.models', 'nanobot models');

  dispose(): void {
    this.server.dispose();
    this.index.dispose();
    this.models.dispose();
  }

  showServer(state: ServerState): void {
    const item = this.server;
    item.busy = state.kind === 'starting';
    item.severity = Information;
    item.command = { title: 'Restart', command: 'nanobot.restart' };
    item.detail = '';
    switch (state.kind) {
      case 'starting':
        item.text = 'nanobot: starting';
        item.command = { title: 'Show Logs', command: 'nanobot.showLogs' };
        break;
      case 'running':
        item.text = `nanobot ${state.program.version}`;
        item.detail = `from ${state.program.source}`;
        if (state.protocol !== PROTOCOL_VERSION) {
          item.severity = Warning;
          item.detail = 'another version than this extension needs';
          item.command = { title: 'Set Up', command: 'nanobot.setUp' };
        }
        break;
      case 'stopped':
        item.text = 'nanobot: stopped';
        break;
      case 'missing':
        item.text = 'nanobot: no server';
        item.severity = Failure;
        item.command = { title: 'Set Up', command: 'nanobot.setUp' };
        break;
      case 'failed':
        item.text = 'nanobot: not running';
        item.detail = state.reason;
        item.severity = Failure;
    }
    if (state.kind !== 'running') {
      this.showUnknown();
    }
  }

  show(status: Status): void {
    this.showIndex(status.workspaces);
    this.showModels(status.models, status.completion.problem);
  }

  private showUnknown(): void {
    for (const [item, name] of [[this.index, 'Index'], [this.models, 'Models']] as const) {
      item.text = `${name}: not known`;
      item.detail = '';
      item.busy = false;
      item.severity = Information;
      item.command = undefined;
    }
  }

  private showIndex(workspaces: readonly WorkspaceStatus[]): void {
    const item = this.index;
    const indexes = workspaces.flatMap((one) => (one.index === null ? [] : [one.index]));
    const running = indexes.find((one) => one.state === 'indexing');
    const problem = indexes.find((one) => one.problem !== '')?.problem ?? '';
    item.busy = running !== undefined;
    item.severity = problem === '' ? Information : Warning;
    item.command = { title: 'Index Now', command: 'nanobot.indexWorkspace' };
    if (running !== undefined) {
      const share = running.percentage === null ? '' : ` ${Math.floor(running.percentage)} %`;
      item.text = `Index: reading files${share}`;
    } else if (indexes.length === 0) {
      item.text = 'Index: not used yet';
    } else {
      const files = sum(indexes.map((one) => one.files));
      item.text = `Index: ${count(files, 'file')}`;
    }
    const definitions = sum(indexes.map((one) => one.definitions));
    item.detail = problem || (definitions > 0 ? count(definitions, 'definition') : '');
  }

  private showModels(models: readonly ModelStatus[], completionProblem: string): void {
    const item = this.models;
    const missing = models.filter((one) => one.state === 'missing');
    const loaded = models.filter((one) => one.state === 'loaded');
    item.busy = false;
    item.command = { title: 'Set Up Models', command: 'nanobot.setUpModels' };
    if (models.length === 0 || missing.length > 0) {
      item.severity = Warning;
      const which = missing.map((one) => one.role).join(', ');
      item.text = which === '' ? 'Models: none' : `Models: ${which} missing`;
    } else {
      item.severity = Information;
      item.text = loaded.length > 0 ? `Models: ${loaded.length} of ${models.length} loaded` : 'Models: ready';
      item.command = undefined;
    }
    // One line, and short: what comes behind it is the command.
    const isSaid = completionProblem === '' || missing.length > 0;
    item.detail = isSaid ? '' : 'no suggestions while typing';
  }
}

function item(id: string, name: string): vscode.LanguageStatusItem {
  const made = vscode.languages.createLanguageStatusItem(id, EVERYWHERE);
  made.name = name;
  return made;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
