/** The log file of the server, at the place where `nanobot_server/log_file.py` writes it. */

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';

export async function showServerLog(): Promise<void> {
  const file = path.join(folder(), 'lsp.log');
  if (!existsSync(file)) {
    void vscode.window.showInformationMessage(`nanobot: there is no log yet at ${file}`);
    return;
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const end = document.lineAt(document.lineCount - 1).range.end;
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(end, end) });
}

function folder(): string {
  if (process.platform === 'darwin') {
    return path.join(homedir(), 'Library', 'Logs', 'nanobot');
  }
  const state = process.env['XDG_STATE_HOME']?.trim() || path.join(homedir(), '.local', 'state');
  return path.join(state, 'nanobot', 'log');
}
