/** Puts the parts together; the functions here are the table of contents of the extension. */

import * as vscode from 'vscode';
import { LanguageClient, Trace } from 'vscode-languageclient/node';

import { Logs } from './client';
import { registerPalette } from './palette';
import { ProcessList } from './process_list';
import { Node, ProcessTree } from './process_tree';
import { METHODS, PROTOCOL_VERSION, Process, Review, Status } from './protocol';
import { onPythonChosen } from './python_environment';
import { Reviews } from './review';
import { Server, ServerState } from './server';
import { showServerLog } from './server_log';
import { Setup } from './setup';
import { StatusItems } from './status_items';

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('nanobot', { log: true });
  const trace = vscode.window.createOutputChannel('nanobot trace', { log: true });
  const logs: Logs = { log, trace };
  server = new Server(context, logs);
  const status = new StatusItems();
  const list = new ProcessList(() => server?.language);
  const setup = new Setup(server, log);
  context.subscriptions.push(log, trace, server, status, list);
  followServer(server, status, list, setup, log);
  const reviews = showProcesses(context, list);
  server.onDidMake((language) => listen(language, status, list, reviews));
  registerServerCommands(context, server, setup, logs);
  registerPalette(context, () => isRunning(server, setup));
  await followEditor(context, server);
  await server.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

/** Show what becomes of the server. */
function followServer(
  server: Server,
  status: StatusItems,
  list: ProcessList,
  setup: Setup,
  log: vscode.LogOutputChannel,
): void {
  let isOffered = false;
  server.onDidChange((state) => {
    status.showServer(state);
    setContext('isServerRunning', state.kind === 'running');
    setContext('isServerMissing', state.kind === 'missing');
    if (state.kind === 'running') {
      fetchAll(server, status, list).catch((error: unknown) => log.info(`not told: ${String(error)}`));
    } else {
      list.clear();
    }
    if (state.kind === 'missing' && !isOffered) {
      isOffered = true;
      void setup.offer(state);
    }
    if (state.kind === 'failed') {
      void tellFailure(state);
    }
  });
}

async function fetchAll(server: Server, status: StatusItems, list: ProcessList): Promise<void> {
  const { state, language } = server;
  if (language === undefined || state.kind !== 'running' || state.protocol !== PROTOCOL_VERSION) {
    return;
  }
  showStatus(status, await language.sendRequest<Status>(METHODS.status, {}));
  await list.refresh();
}

function showStatus(items: StatusItems, status: Status): void {
  items.show(status);
  const isReady = status.models.length > 0 && status.models.every((one) => one.state !== 'missing');
  setContext('hasModels', isReady);
}

/** Take what the server tells. */
function listen(language: LanguageClient, status: StatusItems, list: ProcessList, reviews: Reviews): void {
  language.onNotification(METHODS.didChangeStatus, (value: Status) => showStatus(status, value));
  language.onNotification(METHODS.didChangeProcess, (value: Process) => list.take(value));
  language.onNotification(METHODS.showReview, (value: Review) => reviews.show(value));
}

/** The process view, and what can be done with its nodes. */
function showProcesses(context: vscode.ExtensionContext, list: ProcessList): Reviews {
  const tree = new ProcessTree(list);
  const view = vscode.window.createTreeView('nanobot.processes', { treeDataProvider: tree });
  list.onDidChange(() => {
    const waiting = list.waiting.length;
    const tooltip = `${waiting} ${waiting === 1 ? 'process waits' : 'processes wait'} for review`;
    view.badge = waiting > 0 ? { value: waiting, tooltip } : undefined;
    setContext('isReviewWaiting', waiting > 0);
  });
  const reviews = new Reviews(list);
  const act = (action: string) => async (node: Node | undefined): Promise<void> => {
    const process = node?.kind === 'process' ? node.process : undefined;
    // Without an argument the server takes the newest.
    const argument =
      process === undefined ? [] : [{ processId: process.processId, uri: process.workspaceUri }];
    await vscode.commands.executeCommand(`nanobot.process.${action}`, ...argument);
  };
  const { registerCommand } = vscode.commands;
  context.subscriptions.push(
    tree,
    view,
    registerCommand('nanobot.refreshProcesses', () => list.refresh()),
    registerCommand('nanobot.pauseProcess', act('pause')),
    registerCommand('nanobot.resumeProcess', act('resume')),
    registerCommand('nanobot.cancelProcess', act('cancel')),
    registerCommand('nanobot.undoProcess', act('undo')),
    registerCommand('nanobot.reviewProcess', (node?: Node) => reviews.showProcess(node)),
    registerCommand('nanobot.compareFile', (node: Node) => reviews.compare(node)),
    // One command for each kind of node, as each has its title.
    ...['Changes', 'File', 'Hunk'].flatMap((kind) => [
      registerCommand(`nanobot.accept${kind}`, (node?: Node) => reviews.decide('accept', node)),
      registerCommand(`nanobot.reject${kind}`, (node?: Node) => reviews.decide('reject', node)),
    ]),
    registerCommand('nanobot.acceptAtCursor', () => reviews.decideAtCursor('accept')),
    registerCommand('nanobot.rejectAtCursor', () => reviews.decideAtCursor('reject')),
  );
  return reviews;
}

function registerServerCommands(
  context: vscode.ExtensionContext,
  server: Server,
  setup: Setup,
  logs: Logs,
): void {
  const { registerCommand } = vscode.commands;
  context.subscriptions.push(
    registerCommand('nanobot.restart', () => server.restart()),
    registerCommand('nanobot.showLogs', () => logs.log.show()),
    registerCommand('nanobot.showServerLog', showServerLog),
    registerCommand('nanobot.setUp', () => setup.showWalkthrough()),
    registerCommand('nanobot.installServer', () => setup.installServer()),
    registerCommand('nanobot.setUpModels', () => setup.setUpModels()),
  );
}

/** Start again, or trace, when a setting, the interpreter or the trust changes. */
async function followEditor(context: vscode.ExtensionContext, server: Server): Promise<void> {
  const restart = (): void => void server.restart();
  const setTrace = (): void => {
    const wanted = vscode.workspace.getConfiguration('nanobot').get('trace.server', 'off');
    void server.language?.setTrace(Trace.fromString(wanted));
  };
  server.onDidChange((state) => {
    if (state.kind === 'running') {
      setTrace();
    }
  });
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('nanobot.path')) {
        restart();
      } else if (event.affectsConfiguration('nanobot.trace')) {
        setTrace();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    await onPythonChosen(restart),
  );
}

/** Whether there is a server; when not, the user is told what to do. */
function isRunning(server: Server | undefined, setup: Setup): boolean {
  const state: ServerState = server?.state ?? { kind: 'stopped' };
  if (state.kind === 'missing') {
    void setup.offer(state);
  } else if (state.kind === 'failed') {
    void tellFailure(state);
  } else if (state.kind !== 'running') {
    void vscode.window.showInformationMessage('nanobot: the server is still starting');
  }
  return state.kind === 'running';
}

async function tellFailure(state: ServerState & { kind: 'failed' }): Promise<void> {
  const restart = 'Restart';
  const message = `nanobot: the server does not run: ${state.reason}`;
  const chosen = await vscode.window.showErrorMessage(message, restart, 'Show Logs');
  if (chosen !== undefined) {
    await vscode.commands.executeCommand(chosen === restart ? 'nanobot.restart' : 'nanobot.showLogs');
  }
}

function setContext(key: string, value: boolean): void {
  void vscode.commands.executeCommand('setContext', `nanobot.${key}`, value);
}
