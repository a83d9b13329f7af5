/**
 * Edits of the server are saved, as they were accepted.
 *
 * Only in files that had no unsaved text before, and where the user lets refactorings save
 * (`files.refactoring.autoSave`, which the editor itself heeds for several files only).
 */

import * as vscode from 'vscode';
import type { ApplyWorkspaceEditParams, ApplyWorkspaceEditResult } from 'vscode-languageclient/node';

export async function applyAndSave(
  params: ApplyWorkspaceEditParams,
  apply: (params: ApplyWorkspaceEditParams) => Promise<ApplyWorkspaceEditResult>,
): Promise<ApplyWorkspaceEditResult> {
  const unsaved = new Set(unsavedFiles().map((document) => document.uri.toString()));
  const result = await apply(params);
  const isWanted = vscode.workspace.getConfiguration('files').get('refactoring.autoSave', true);
  if (result.applied && isWanted) {
    const named = namedIn(params);
    const mine = unsavedFiles().filter((document) => {
      const uri = document.uri.toString();
      return named.has(uri) && !unsaved.has(uri);
    });
    await Promise.all(mine.map((document) => document.save()));
  }
  return result;
}

function unsavedFiles(): vscode.TextDocument[] {
  return vscode.workspace.textDocuments.filter((one) => one.isDirty && one.uri.scheme === 'file');
}

/** Return the files that an edit changes, as the editor spells them. */
function namedIn({ edit }: ApplyWorkspaceEditParams): Set<string> {
  const named = Object.keys(edit.changes ?? {});
  for (const change of edit.documentChanges ?? []) {
    if ('textDocument' in change) {
      named.push(change.textDocument.uri);
    } else if (change.kind === 'create') {
      named.push(change.uri);
    } else if (change.kind === 'rename') {
      named.push(change.newUri);
    }
  }
  return new Set(named.map((uri) => vscode.Uri.parse(uri).toString()));
}
