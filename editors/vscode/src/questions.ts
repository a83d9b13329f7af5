/**
 * Questions of the server (`window/showMessageRequest`), each in the form that fits it.
 *
 * - What can wait is a notification: it comes while the user types, and must not take a key.
 * - A yes or no about what the user just asked for is a dialog, as its text may be long.
 * - A choice is a list: as buttons of a notification long answers are cut off.
 */

import * as vscode from 'vscode';
import type { MessageActionItem, ShowMessageRequestParams } from 'vscode-languageclient/node';

const LATER = 'Later';
const CANCEL = 'Cancel';

/** One at a time: a second list or dialog would close the first. */
let asking: Promise<unknown> = Promise.resolve();

export async function answer(params: ShowMessageRequestParams): Promise<MessageActionItem | null> {
  const actions = params.actions ?? [];
  const titles = actions.map((action) => action.title);
  if (actions.length === 0 || titles.includes(LATER)) {
    return (await vscode.window.showInformationMessage(params.message, ...actions)) ?? null;
  }
  const wanted = actions.filter((action) => action.title !== CANCEL);
  const ask = wanted.length === 1 ? () => confirmed(params.message, wanted) : () => chosen(params.message, wanted);
  const answered = asking.then(ask);
  asking = answered;
  return answered;
}

async function confirmed(
  message: string,
  actions: readonly MessageActionItem[],
): Promise<MessageActionItem | null> {
  // The dialog has a Cancel of its own.
  return (await vscode.window.showInformationMessage(message, { modal: true }, ...actions)) ?? null;
}

interface Choice extends vscode.QuickPickItem {
  action: MessageActionItem;
}

function chosen(
  message: string,
  actions: readonly MessageActionItem[],
): Promise<MessageActionItem | null> {
  return new Promise((resolve) => {
    const list = vscode.window.createQuickPick<Choice>();
    list.title = message;
    list.placeholder = 'Choose one; Escape cancels';
    list.ignoreFocusOut = true;
    list.items = actions.map((action) => ({ label: action.title, action }));
    list.onDidAccept(() => {
      resolve(list.selectedItems[0]?.action ?? null);
      list.hide();
    });
    list.onDidHide(() => {
      resolve(null);
      list.dispose();
    });
    list.show();
  });
}
