/** Sentences that nanobot understands, to begin with one of them. */

import * as vscode from 'vscode';

interface Sentence extends vscode.QuickPickItem {
  /** What stands in the box then. */
  text: string;
  /** The part that the user replaces. */
  replaced: string;
}

const SENTENCES: readonly Sentence[] = [
  sentence('$(symbol-method) Rename', 'rename load_cfg to read_settings', 'load_cfg'),
  sentence('$(go-to-file) Move', 'move load_cfg to app/settings.py', 'load_cfg'),
  sentence('$(symbol-parameter) Add a parameter', 'add a parameter timeout=30 to load_cfg', 'timeout=30'),
  sentence('$(trash) Remove what is not used', 'remove unused functions', 'unused functions'),
  sentence('$(book) Document', 'add docstrings to every public function', 'every public function'),
  sentence('$(symbol-interface) Annotate', 'add type annotations to app/settings.py', 'app/settings.py'),
  sentence('$(shield) Handle errors', 'add error handling to everything in app/io', 'everything in app/io'),
  sentence('$(output) Log', 'add logging to the public functions of app/io', 'app/io'),
  sentence('$(beaker) Write tests', 'write tests for the functions in app/settings.py', 'app/settings.py'),
];

function sentence(label: string, text: string, replaced: string): Sentence {
  return { label, detail: text, text, replaced };
}

/** Ask for a sentence; undefined when the user does not want one. */
export async function askedSentence(): Promise<string | undefined> {
  return entered('', '');
}

/** Ask which kind of change is meant, then for the sentence. */
export async function chosenSentence(): Promise<string | undefined> {
  const title = 'nanobot: Refactor Workspace';
  const chosen = await vscode.window.showQuickPick(SENTENCES, { title, matchOnDetail: true });
  return chosen === undefined ? undefined : entered(chosen.text, chosen.replaced);
}

async function entered(value: string, replaced: string): Promise<string | undefined> {
  const start = value.indexOf(replaced);
  const said = await vscode.window.showInputBox({
    title: 'nanobot: Do…',
    prompt: 'What shall be done in this workspace? Nothing changes before you accept it.',
    placeHolder: SENTENCES[0]?.text,
    value,
    valueSelection: [start, start + replaced.length],
    ignoreFocusOut: true,
  });
  return said?.trim() === '' ? undefined : said;
}
