/** The process view: processes, below each its files, below each its changes. */

import * as vscode from 'vscode';

import { keyOf, ProcessList } from './process_list';
import { Process, Review, ReviewFile, ReviewHunk } from './protocol';

export type Node =
  | { kind: 'process'; process: Process }
  | { kind: 'file'; process: Process; file: ReviewFile; isWhole: boolean }
  | { kind: 'hunk'; process: Process; file: ReviewFile; hunk: ReviewHunk; isWhole: boolean }
  | { kind: 'note'; text: string; tooltip: string };

const ICONS: Record<Process['state'], vscode.ThemeIcon> = {
  queued: new vscode.ThemeIcon('clock'),
  running: new vscode.ThemeIcon('loading~spin'),
  paused: new vscode.ThemeIcon('debug-pause'),
  waiting_for_review: new vscode.ThemeIcon('git-pull-request', new vscode.ThemeColor('charts.yellow')),
  done: new vscode.ThemeIcon('check', new vscode.ThemeColor('charts.green')),
  failed: new vscode.ThemeIcon('error', new vscode.ThemeColor('errorForeground')),
  cancelled: new vscode.ThemeIcon('circle-slash'),
  rejected: new vscode.ThemeIcon('close'),
};
const WORDS: Record<Process['state'], string> = {
  queued: 'queued',
  running: 'running',
  paused: 'paused',
  waiting_for_review: 'to review',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  rejected: 'rejected',
};
const REFUSED_SHOWN_MAX = 200;

export class ProcessTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly nodes = new Map<string, Node & { kind: 'process' }>();
  private readonly listening: vscode.Disposable;

  constructor(private readonly list: ProcessList) {
    this.listening = list.onDidChange((process) => {
      // The tree knows a node by identity, so a process keeps its own.
      const node = process === undefined ? undefined : this.nodes.get(keyOf(process));
      if (process !== undefined && node !== undefined) {
        node.process = process;
      }
      this.changed.fire(node);
    });
  }

  dispose(): void {
    this.listening.dispose();
    this.changed.dispose();
  }

  async getChildren(parent?: Node): Promise<Node[]> {
    if (parent === undefined) {
      return this.list.all.map((process) => this.node(process));
    }
    if (parent.kind === 'process') {
      return this.parts(parent.process);
    }
    if (parent.kind === 'file') {
      const { process, file, isWhole } = parent;
      return file.hunks.map((hunk) => ({ kind: 'hunk', process, file, hunk, isWhole }));
    }
    return [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case 'process':
        return processItem(node.process);
      case 'file':
        return fileItem(node);
      case 'hunk':
        return hunkItem(node);
      case 'note': {
        const item = new vscode.TreeItem(node.text);
        item.iconPath = new vscode.ThemeIcon('info');
        item.tooltip = node.tooltip;
        return item;
      }
    }
  }

  private node(process: Process): Node {
    const node = this.nodes.get(keyOf(process)) ?? { kind: 'process', process };
    node.process = process;
    this.nodes.set(keyOf(process), node);
    return node;
  }

  private async parts(process: Process): Promise<Node[]> {
    if (process.state !== 'waiting_for_review') {
      return [];
    }
    let review: Review;
    try {
      review = await this.list.review(process);
    } catch (error) {
      return [{ kind: 'note', text: 'The changes can not be shown', tooltip: String(error) }];
    }
    const { isWhole } = review;
    const files: Node[] = review.files.map((file) => ({ kind: 'file', process, file, isWhole }));
    const notes: Node[] = review.notes.map((note) => ({ kind: 'note', text: note, tooltip: note }));
    const refused: Node[] = review.refused.slice(0, REFUSED_SHOWN_MAX).map((one) => ({
      kind: 'note',
      text: `Not changed: ${one.definition || one.path}`,
      tooltip: `${one.path}: ${one.reason}`,
    }));
    return [...files, ...notes, ...refused];
  }
}

function processItem(process: Process): vscode.TreeItem {
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const waits = process.state === 'waiting_for_review';
  // How far it is comes first: what comes last is cut off in a narrow side bar.
  const goal = process.goal || process.recipe;
  const item = new vscode.TreeItem([share(process), goal].join(''), waits ? Collapsed : None);
  item.id = keyOf(process);
  item.description = stateText(process);
  item.tooltip = tooltip(process);
  item.iconPath = ICONS[isInterrupted(process) ? 'paused' : process.state];
  item.contextValue = `process.${isInterrupted(process) ? 'paused' : process.state}`;
  if (waits) {
    item.command = { title: 'Review', command: 'nanobot.reviewProcess', arguments: [{ kind: 'process', process }] };
  }
  return item;
}

/** Whether it is said to run and nobody works on it: its host was killed. */
function isInterrupted(process: Process): boolean {
  return !process.isAlive && (process.state === 'running' || process.state === 'queued');
}

function share({ state, percentage, isAlive }: Process): string {
  const isRunning = isAlive && state === 'running' && percentage !== null;
  return isRunning ? `${Math.floor(percentage)} %  ` : '';
}

function stateText(process: Process): string {
  if (isInterrupted(process)) {
    return 'interrupted';
  }
  const { done, steps, state } = process;
  const isRunning = state === 'running' && steps > 0;
  return isRunning ? `${done} of ${steps}` : WORDS[state];
}

function tooltip(process: Process): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendText(process.goal);
  text.appendMarkdown('\n\n');
  const refused = process.refused > 0 ? `, ${process.refused} refused` : '';
  text.appendText(
    `${process.recipe}, ${WORDS[process.state]}: ${process.done} of ${process.steps} steps, ` +
      `${process.edits} edits${refused}, ${process.seconds.toFixed(1)} s`,
  );
  if (process.message !== '') {
    text.appendMarkdown('\n\n');
    text.appendText(process.message);
  }
  return text;
}

function fileItem(node: Node & { kind: 'file' }): vscode.TreeItem {
  const { file, isWhole, process } = node;
  const state = vscode.TreeItemCollapsibleState.Expanded;
  const item = new vscode.TreeItem(vscode.Uri.parse(file.uri), state);
  item.id = `${keyOf(process)}/${file.path}`;
  item.iconPath = vscode.ThemeIcon.File;
  item.description = file.change === 'edited' ? true : file.change;
  item.tooltip = `${file.path} (${file.change})`;
  item.contextValue = isWhole ? 'file.whole' : 'file';
  item.command = { title: 'Compare', command: 'nanobot.compareFile', arguments: [node] };
  return item;
}

function hunkItem(node: Node & { kind: 'hunk' }): vscode.TreeItem {
  const { file, hunk, isWhole, process } = node;
  const item = new vscode.TreeItem(hunk.title);
  item.id = `${keyOf(process)}/${file.path}/${hunk.hunkId}`;
  item.description = `line ${hunk.startLine + 1}${hunk.isLikely ? ', not proved' : ''}`;
  item.tooltip = hunk.isLikely ? `${hunk.title}\nlikely, but no program proved it` : hunk.title;
  item.iconPath = new vscode.ThemeIcon(hunk.isLikely ? 'question' : 'diff-modified');
  item.contextValue = isWhole ? 'hunk.whole' : 'hunk';
  item.command = { title: 'Compare', command: 'nanobot.compareFile', arguments: [node] };
  return item;
}
