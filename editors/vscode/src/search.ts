/** Search in the workspace while typing, in a list that opens what is chosen. */

import * as path from 'node:path';
import * as vscode from 'vscode';

const PAUSE_MS = 250;
const HITS_MAX = 50;

interface Hit {
  path: string;
  start_line: number;
  end_line: number;
  name?: string | null;
  kind?: string | null;
}

interface Found extends vscode.QuickPickItem {
  uri: vscode.Uri;
  line: number;
}

export function searchWorkspace(folder: vscode.WorkspaceFolder): void {
  const list = vscode.window.createQuickPick<Found>();
  list.title = 'nanobot: Search';
  list.placeholder = 'Words of code or plain English';
  // What is found need not hold the words, so the list must not filter it.
  list.matchOnDescription = false;
  let asked = 0;
  let timer: NodeJS.Timeout | undefined;
  const search = async (words: string): Promise<void> => {
    asked += 1;
    const mine = asked;
    list.busy = true;
    const hits = await found(words);
    if (mine === asked) {
      list.busy = false;
      list.items = hits.map((hit) => shown(hit, folder));
    }
  };
  list.onDidChangeValue((value) => {
    clearTimeout(timer);
    if (value.trim() === '') {
      asked += 1;
      list.busy = false;
      list.items = [];
      return;
    }
    timer = setTimeout(() => void search(value), PAUSE_MS);
  });
  list.onDidAccept(() => {
    const chosen = list.selectedItems[0];
    list.hide();
    if (chosen !== undefined) {
      const selection = new vscode.Range(chosen.line, 0, chosen.line, 0);
      void vscode.window.showTextDocument(chosen.uri, { selection });
    }
  });
  list.onDidHide(() => {
    clearTimeout(timer);
    list.dispose();
  });
  list.show();
}

async function found(query: string): Promise<Hit[]> {
  const argument = { query, limit: HITS_MAX };
  const answer: unknown = await vscode.commands.executeCommand('nanobot.search', argument);
  return (answer as { hits?: Hit[] } | null)?.hits ?? [];
}

function shown(hit: Hit, folder: vscode.WorkspaceFolder): Found {
  const uri = vscode.Uri.joinPath(folder.uri, hit.path);
  return {
    label: hit.name ?? path.basename(hit.path),
    description: `${hit.path}:${hit.start_line}`,
    alwaysShow: true,
    iconPath: new vscode.ThemeIcon(hit.name ? 'symbol-method' : 'file'),
    uri,
    line: hit.start_line - 1,
  };
}
