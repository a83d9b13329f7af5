/** Questions about the workspace, answered in a Markdown document with links to the evidence. */

import * as vscode from 'vscode';

const SCHEME = 'nanobot-reply';
const DOCUMENTS_MAX = 20;

interface Evidence {
  path: string;
  start_line: number;
  end_line: number;
  quote?: string;
}

interface Answer {
  question: string;
  answer: string;
  problem: string;
  evidence: Evidence[];
  candidates: Evidence[];
  near: string[];
  seconds: number;
}

export class Answers implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private count = 0;
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  dispose(): void {
    this.registration.dispose();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? 'This answer is not kept any more.\n';
  }

  async ask(folder: vscode.WorkspaceFolder): Promise<void> {
    const question = await vscode.window.showInputBox({
      title: 'nanobot: Ask',
      prompt: 'A question about this workspace',
      placeHolder: 'where are settings read?',
      ignoreFocusOut: true,
    });
    if (question === undefined || question.trim() === '') {
      return;
    }
    const answer = (await vscode.commands.executeCommand('nanobot.ask', { question })) as
      | (Answer & { error?: { message: string } })
      | null
      | undefined;
    // A refusal was said in a message already.
    if (answer !== null && answer !== undefined && answer.error === undefined) {
      await this.show(answer, folder);
    }
  }

  private async show(answer: Answer, folder: vscode.WorkspaceFolder): Promise<void> {
    this.count += 1;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/nanobot answer ${this.count}.md` });
    this.texts.set(uri.toString(), markdown(answer, folder));
    const oldest = this.texts.keys().next().value;
    if (this.texts.size > DOCUMENTS_MAX && oldest !== undefined) {
      this.texts.delete(oldest);
    }
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: false });
  }
}

/** Return an answer as a document. */
function markdown(answer: Answer, folder: vscode.WorkspaceFolder): string {
  const said = answer.answer === '' ? answer.problem || 'Not found in this workspace.' : answer.answer;
  const parts = [`# ${answer.question}`, said];
  const { evidence, candidates } = answer;
  if (evidence.length > 0) {
    parts.push('## Evidence', ...evidence.map((one) => quoted(one, folder)));
  } else if (candidates.length > 0) {
    const links = candidates.map((one) => `* ${link(one, folder)}`);
    parts.push('## Looked at', links.join('\n'));
  }
  if (answer.near.length > 0) {
    parts.push(`Names like it: ${answer.near.map((name) => `\`${name}\``).join(', ')}`);
  }
  parts.push(`${answer.seconds.toFixed(1)} s`);
  return `${parts.join('\n\n')}\n`;
}

function quoted(evidence: Evidence, folder: vscode.WorkspaceFolder): string {
  const quote = evidence.quote ?? '';
  const lines = quote.split('\n').map((line) => `    ${line}`);
  return quote === '' ? link(evidence, folder) : `${link(evidence, folder)}\n\n${lines.join('\n')}`;
}

function link(place: Evidence, folder: vscode.WorkspaceFolder): string {
  const uri = vscode.Uri.joinPath(folder.uri, place.path).with({ fragment: `L${place.start_line}` });
  return `[${place.path}:${place.start_line}](${uri.toString()})`;
}
