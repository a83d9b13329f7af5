/** Setting nanobot up: its server, with the user's consent, and its models. */

import * as vscode from 'vscode';

import { chosenPython } from './python_environment';
import { Server, ServerState } from './server';
import { commandLine, ServerProgram } from './server_program';

const INSTALL = 'Install';
const WALKTHROUGH = 'nanobot.nanobot#nanobot.setUp';

export class Setup {
  constructor(
    private readonly server: Server,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async showWalkthrough(): Promise<void> {
    await vscode.commands.executeCommand('workbench.action.openWalkthrough', WALKTHROUGH, false);
    // A step is ticked off when its context changes, not when it is so already.
    await vscode.commands.executeCommand('setContext', 'nanobot.isServerRunning', false);
    const isRunning = this.server.state.kind === 'running';
    await vscode.commands.executeCommand('setContext', 'nanobot.isServerRunning', isRunning);
  }

  /** Ask once, when the server was looked for and is not there. */
  async offer(state: ServerState & { kind: 'missing' }): Promise<void> {
    const setting = 'Set Path…';
    const why = state.reasons.length > 0 ? ` (${state.reasons.at(-1)})` : '';
    const message = `nanobot: no server was found${why}. Install one into the extension's own folder?`;
    const chosen = await vscode.window.showInformationMessage(message, INSTALL, setting, 'Show Logs');
    if (chosen === INSTALL) {
      await this.install();
    } else if (chosen === setting) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'nanobot.path');
    } else if (chosen !== undefined) {
      this.log.show();
    }
  }

  /** Make the managed environment; the user was asked, or asks. */
  async installServer(): Promise<void> {
    const { version, folder } = this.server.managed;
    const detail = `nanobot-lsp ${version} and what it needs are fetched with pip into ${folder}. Nothing else is changed.`;
    const options = { modal: true, detail };
    const chosen = await vscode.window.showInformationMessage('Install the nanobot server?', options, INSTALL);
    if (chosen === INSTALL) {
      await this.install();
    }
  }

  async setUpModels(): Promise<void> {
    const { state } = this.server;
    if (state.kind !== 'running') {
      void vscode.window.showWarningMessage('nanobot: install the server first');
      return;
    }
    await vscode.tasks.executeTask(setUpTask(state.program));
  }

  private async install(): Promise<void> {
    const ending = new AbortController();
    const title = `nanobot: installing the server ${this.server.managed.version}`;
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    try {
      await vscode.window.withProgress(options, async (_progress, cancellation) => {
        cancellation.onCancellationRequested(() => ending.abort());
        await this.server.managed.install(await chosenPython(this.log), ending.signal);
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.error(`not installed: ${reason}`);
      if (!ending.signal.aborted) {
        await this.tellFailure(reason);
      }
      return;
    }
    await this.server.restart();
  }

  private async tellFailure(reason: string): Promise<void> {
    const again = 'Try Again';
    const message = `nanobot: the server was not installed: ${reason}`;
    const chosen = await vscode.window.showErrorMessage(message, again, 'Show Logs');
    if (chosen === again) {
      await this.install();
    } else if (chosen !== undefined) {
      this.log.show();
    }
  }
}

/** `nanobot setup` in a terminal that stays open. */
function setUpTask(server: ServerProgram): vscode.Task {
  const { command, args } = commandLine(server);
  const execution = new vscode.ProcessExecution(command, [...args, 'setup']);
  const definition = { type: 'nanobot', task: 'setup' };
  const scope = vscode.TaskScope.Workspace;
  const task = new vscode.Task(definition, scope, 'setup', 'nanobot', execution, []);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, focus: true };
  return task;
}
