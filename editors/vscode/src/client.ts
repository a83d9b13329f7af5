/** The language client: what it sends, what it takes, and what it lets through. */

import * as vscode from 'vscode';
import {
  ApplyWorkspaceEditResult,
  CancellationTokenSource,
  CloseAction,
  DidChangeTextDocumentNotification,
  ErrorAction,
  ErrorHandler,
  LanguageClient,
  ShowMessageRequest,
  StaticFeature,
  WorkDoneProgressCancelNotification,
} from 'vscode-languageclient/node';

import { applyAndSave } from './applied_edit';
import { ProgressNotifications } from './progress';
import { METHODS, ResyncParams } from './protocol';
import { answer } from './questions';
import { environment, ServerProgram } from './server_program';

const START = 'nanobot.process.start';
const NEVER = new CancellationTokenSource().token;

export interface Logs {
  /** What the extension does, and what the server says to it. */
  log: vscode.LogOutputChannel;
  /** Every message between the two, when `nanobot.trace.server` is on. */
  trace: vscode.LogOutputChannel;
}

export interface Client {
  language: LanguageClient;
  progress: ProgressNotifications;
}

/**
 * Make a client; it is not started.
 *
 * @param cwd An empty folder to start the server in.
 * @param onClosed The connection ended and nobody asked for it.
 */
export function makeClient(
  program: ServerProgram,
  cwd: string,
  logs: Logs,
  onClosed: () => void,
): Client {
  // No transport: the arguments are exactly these.
  const run = {
    command: program.command,
    args: [...program.args],
    options: { cwd, env: environment(program.isOurs) },
  };
  const progress = new ProgressNotifications((token) => {
    void language.sendNotification(WorkDoneProgressCancelNotification.type, { token });
  });
  const language = new QuietClient('nanobot', 'nanobot', run, {
    documentSelector: [{ scheme: 'file' }],
    outputChannel: logs.log,
    traceOutputChannel: logs.trace,
    errorHandler: closeHandler(onClosed),
    initializationFailedHandler: () => false,
    middleware: {
      handleWorkDoneProgress: progress.handle,
      executeCommand: (command, args, next) =>
        command === START && !isTrusted() ? null : next(command, args),
      workspace: {
        handleApplyEdit: (params, next) =>
          applyAndSave(params, async (edit) => (await next(edit, NEVER)) as ApplyWorkspaceEditResult),
      },
    },
  });
  language.registerFeature(declaration());
  // The library would show these as notifications.
  language.onRequest(ShowMessageRequest.type, answer);
  language.onNotification(METHODS.resync, (params: ResyncParams) => sendWhole(language, params.uri));
  return { language, progress };
}

/** Send the whole text of a document: the server lost track of its changes. */
async function sendWhole(language: LanguageClient, uri: string): Promise<void> {
  const wanted = vscode.Uri.parse(uri).toString();
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === wanted);
  if (document !== undefined) {
    await language.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri: language.code2ProtocolConverter.asUri(document.uri), version: document.version },
      contentChanges: [{ text: document.getText() }],
    });
  }
}

/** Whether processes may run; tells the user how to allow it when they may not. */
export function isTrusted(): boolean {
  if (vscode.workspace.isTrusted) {
    return true;
  }
  const manage = 'Manage Workspace Trust';
  void vscode.window
    .showWarningMessage('nanobot: processes run only in a workspace that you trust', manage)
    .then((chosen) => {
      if (chosen === manage) {
        void vscode.commands.executeCommand('workbench.trust.manage');
      }
    });
  return false;
}

/** Tells the server which of our notifications we take. */
function declaration(): StaticFeature {
  return {
    fillClientCapabilities: (capabilities) => {
      const mine = { status: true, processes: true, review: true, resync: true };
      capabilities.experimental = { ...capabilities.experimental, nanobot: mine };
    },
    initialize: () => {},
    getState: () => ({ kind: 'static' }),
    clear: () => {},
  };
}

/** Every problem goes into the log; what a user must know is said by `server` and `extension`. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

function closeHandler(onClosed: () => void): ErrorHandler {
  return {
    error: () => ({ action: ErrorAction.Continue, handled: true }),
    closed: () => {
      onClosed();
      return { action: CloseAction.DoNotRestart, handled: true };
    },
  };
}
