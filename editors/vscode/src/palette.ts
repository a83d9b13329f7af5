/** What the command palette starts: processes, searches, questions, and the set-up. */

import * as vscode from 'vscode';

import { Answers } from './answer';
import { isTrusted } from './client';
import { searchWorkspace } from './search';
import { askedSentence, chosenSentence } from './sentences';

/** What each of these says as a process; the sentence is the name that the user sees again. */
const WHOLE_WORKSPACE = {
  'nanobot.documentWorkspace': ['document', 'add docstrings to every public function'],
  'nanobot.annotateWorkspace': ['annotate', 'add type annotations to every function'],
} as const;

/** @param isRunning Whether there is a server; says what to do when there is none. */
export function registerPalette(
  context: vscode.ExtensionContext,
  isRunning: () => boolean,
): void {
  const answers = new Answers();
  const register = (id: string, run: (folder: vscode.WorkspaceFolder) => unknown): vscode.Disposable =>
    vscode.commands.registerCommand(id, async () => {
      const folder = isRunning() ? await chosenFolder() : undefined;
      return folder === undefined ? undefined : run(folder);
    });
  context.subscriptions.push(
    answers,
    register('nanobot.do', (folder) => startSentence(folder, askedSentence)),
    register('nanobot.refactorWorkspace', (folder) => startSentence(folder, chosenSentence)),
    register('nanobot.askQuestion', (folder) => answers.ask(folder)),
    register('nanobot.searchWorkspace', searchWorkspace),
    register('nanobot.indexWorkspace', () => vscode.commands.executeCommand('nanobot.ingest')),
    ...Object.entries(WHOLE_WORKSPACE).map(([id, [recipe, goal]]) =>
      register(id, (folder) => start({ recipe, goal, uri: folder.uri.toString() })),
    ),
  );
}

async function startSentence(
  folder: vscode.WorkspaceFolder,
  ask: () => Promise<string | undefined>,
): Promise<void> {
  const goal = isTrusted() ? await ask() : undefined;
  if (goal !== undefined) {
    await start({ goal, uri: folder.uri.toString() });
  }
}

async function start(options: { goal: string; uri: string; recipe?: string }): Promise<void> {
  if (isTrusted()) {
    await vscode.commands.executeCommand('nanobot.process.start', options);
  }
}

/** The folder of the file that is shown, the only one, or the one that the user chooses. */
async function chosenFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const uri = vscode.window.activeTextEditor?.document.uri;
  const mine = uri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(uri);
  if (mine !== undefined || folders.length === 1) {
    return mine ?? folders[0];
  }
  if (folders.length === 0) {
    void vscode.window.showWarningMessage('nanobot: open a folder first');
    return undefined;
  }
  return vscode.window.showWorkspaceFolderPick({ placeHolder: 'nanobot: in which folder?' });
}
