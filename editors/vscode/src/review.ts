/** The review of a process: its files compared side by side, and decisions about their parts. */

import * as vscode from 'vscode';

import { hunkAt, spansAfter } from './hunk_lines';
import { keyOf, ProcessList } from './process_list';
import { Node } from './process_tree';
import { Process, Review, ReviewFile } from './protocol';
import { isTrusted } from './client';

type Decision = 'accept' | 'reject';

/** What is decided about: a process, or some of it. */
interface Part {
  processId: string;
  /** The workspace that has this process. */
  uri: string;
  paths?: string[];
  hunks?: string[];
}

export class Reviews {
  /** The one that was opened last: what commands without a place are about. */
  private shown: Review | undefined;

  constructor(private readonly list: ProcessList) {
    list.onDidChange((process) => {
      if (process !== undefined && process.state !== 'waiting_for_review') {
        void this.closed(process);
      }
    });
  }

  /** Open all files of a review in one editor. */
  async show(review: Review): Promise<void> {
    this.shown = review;
    this.list.takeReview(review);
    if (review.files.length === 0) {
      const why = review.notes.join(' ') || 'there is nothing to review';
      void vscode.window.showInformationMessage(`nanobot: ${why}`);
      return;
    }
    const resources = review.files.map((file) => [
      vscode.Uri.parse(file.newUri ?? file.uri),
      file.change === 'created' ? undefined : vscode.Uri.parse(file.originalUri),
      file.change === 'removed' ? undefined : vscode.Uri.parse(file.modifiedUri),
    ]);
    await vscode.commands.executeCommand('vscode.changes', titleOf(review), resources);
  }

  /** Close the comparison of a process that is decided on: both sides are equal now. */
  private async closed(process: Process): Promise<void> {
    if (this.shown === undefined || keyOf(this.shown) !== keyOf(process)) {
      return;
    }
    // The editor puts the number of files behind it.
    const start = `${titleOf(this.shown)} (`;
    this.shown = undefined;
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    await vscode.window.tabGroups.close(tabs.filter((tab) => tab.label.startsWith(start)), true);
  }

  async showProcess(node: Node | undefined): Promise<void> {
    const process = node?.kind === 'process' ? node.process : await this.waiting();
    if (process !== undefined) {
      await this.show(await this.list.review(process));
    }
  }

  /** Compare one file; of a hunk, at its lines. */
  async compare(node: Node): Promise<void> {
    if (node.kind !== 'file' && node.kind !== 'hunk') {
      return;
    }
    const { file } = node;
    const original = vscode.Uri.parse(file.originalUri);
    const modified = vscode.Uri.parse(file.modifiedUri);
    const options: vscode.TextDocumentShowOptions = { preview: true };
    if (node.kind === 'hunk') {
      const spans = await spansInModified(file);
      const span = spans[file.hunks.findIndex((one) => one.hunkId === node.hunk.hunkId)];
      if (span !== undefined) {
        options.selection = new vscode.Range(span.startLine, 0, span.startLine, 0);
      }
    }
    await vscode.commands.executeCommand('vscode.diff', original, modified, `${file.path} (nanobot)`, options);
  }

  /** Accept or reject what a node of the process view stands for. */
  async decide(decision: Decision, node: Node | undefined): Promise<void> {
    // The title of an editor gives another argument: its resource.
    const part = node?.kind === undefined ? await this.whole() : partOf(node);
    if (part !== undefined && (decision === 'reject' || isTrusted())) {
      await vscode.commands.executeCommand(`nanobot.process.${decision}`, part);
    }
  }

  /** Accept or reject the change at the cursor, in either document of a comparison. */
  async decideAtCursor(decision: Decision): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const part = editor === undefined ? undefined : await this.partAt(editor);
    if (part === undefined) {
      void vscode.window.showInformationMessage('nanobot: the cursor is in no change of a review');
    } else if (decision === 'reject' || isTrusted()) {
      await vscode.commands.executeCommand(`nanobot.process.${decision}`, part);
    }
  }

  private async partAt(editor: vscode.TextEditor): Promise<Part | undefined> {
    const line = editor.selection.active.line;
    const uri = editor.document.uri.toString();
    for (const process of this.list.waiting) {
      const review = await this.list.review(process);
      for (const file of review.files) {
        const isModified = same(file.modifiedUri, uri);
        if (isModified || same(file.originalUri, uri) || same(file.uri, uri)) {
          const spans = isModified ? await spansInModified(file) : file.hunks;
          const hunk = file.hunks[hunkAt(spans, line)];
          if (hunk !== undefined) {
            const part = partOfProcess(process);
            return review.isWhole ? part : { ...part, hunks: [hunk.hunkId] };
          }
        }
      }
    }
    return undefined;
  }

  /** The process that is meant when nothing was pointed at. */
  private async whole(): Promise<Part | undefined> {
    const process = await this.waiting();
    return process === undefined ? undefined : partOfProcess(process);
  }

  private async waiting(): Promise<Process | undefined> {
    const { waiting } = this.list;
    const key = this.shown === undefined ? '' : keyOf(this.shown);
    const meant = waiting.length === 1 ? waiting[0] : waiting.find((one) => keyOf(one) === key);
    if (meant !== undefined) {
      return meant;
    }
    if (waiting.length === 0) {
      void vscode.window.showInformationMessage('nanobot: nothing waits for review');
      return undefined;
    }
    const items = waiting.map((process) => ({
      label: process.goal || process.recipe,
      description: `${process.edits} edits`,
      process,
    }));
    const chosen = await vscode.window.showQuickPick(items, { title: 'nanobot: which process?' });
    return chosen?.process;
  }
}

function titleOf(review: Review): string {
  return `nanobot: ${review.goal || review.recipe}`;
}

function partOfProcess(process: Process): Part {
  return { processId: process.processId, uri: process.workspaceUri };
}

function partOf(node: Node): Part | undefined {
  switch (node.kind) {
    case 'process':
      return partOfProcess(node.process);
    case 'file':
      return { ...partOfProcess(node.process), paths: [node.file.path] };
    case 'hunk':
      return { ...partOfProcess(node.process), hunks: [node.hunk.hunkId] };
    case 'note':
      return undefined;
  }
}

async function spansInModified(file: ReviewFile): Promise<ReturnType<typeof spansAfter>> {
  const [before, after] = await Promise.all([lines(file.originalUri), lines(file.modifiedUri)]);
  return spansAfter(before, after, file.hunks);
}

async function lines(uri: string): Promise<string[]> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  return document.getText().split(/\r\n|\r|\n/);
}

/** Whether two URIs name the same document: an editor may spell one in another way. */
function same(one: string, other: string): boolean {
  return one === other || vscode.Uri.parse(one).toString() === vscode.Uri.parse(other).toString();
}
