/** The processes and reviews that the server told of; asks for what is not known. */

import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/node';

import { METHODS, Process, ProcessesResult, Review, ReviewParams } from './protocol';

/** Ids are one in a workspace only. */
export function keyOf(process: { processId: string; workspaceUri: string }): string {
  return `${process.workspaceUri}#${process.processId}`;
}

export class ProcessList implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Process | undefined>();
  /** Fires with the process that changed, or with nothing when all may have. */
  readonly onDidChange = this.changed.event;
  private processes: Process[] = [];
  private readonly reviews = new Map<string, Review>();

  /** @param language Gives the client of a server that runs. */
  constructor(private readonly language: () => LanguageClient | undefined) {}

  dispose(): void {
    this.changed.dispose();
  }

  /** Newest first. */
  get all(): readonly Process[] {
    return this.processes;
  }

  get waiting(): readonly Process[] {
    return this.processes.filter((one) => one.state === 'waiting_for_review');
  }

  /** Forget everything: the server is gone. */
  clear(): void {
    this.processes = [];
    this.reviews.clear();
    this.changed.fire(undefined);
  }

  /** Ask for everything again. */
  async refresh(): Promise<void> {
    const answer = await this.language()?.sendRequest<ProcessesResult>(METHODS.processes, {});
    this.processes = answer?.processes ?? [];
    this.reviews.clear();
    this.changed.fire(undefined);
  }

  /** Take a notification. */
  take(process: Process): void {
    const key = keyOf(process);
    const known = this.processes.findIndex((one) => keyOf(one) === key);
    // What was decided, or planned again, is another review.
    this.reviews.delete(key);
    if (known < 0) {
      this.processes.unshift(process);
      this.changed.fire(undefined);
    } else {
      this.processes[known] = process;
      this.changed.fire(process);
    }
  }

  takeReview(review: Review): void {
    const key = keyOf(review);
    this.reviews.set(key, review);
    const process = this.processes.find((one) => keyOf(one) === key);
    if (process !== undefined) {
      this.changed.fire(process);
    }
  }

  /** Return the review of a process that waits for it. */
  async review(process: Process): Promise<Review> {
    const key = keyOf(process);
    const known = this.reviews.get(key);
    if (known !== undefined) {
      return known;
    }
    const language = this.language();
    if (language === undefined) {
      throw new Error('the server does not run');
    }
    const params: ReviewParams = { processId: process.processId, uri: process.workspaceUri };
    const review = await language.sendRequest<Review>(METHODS.review, params);
    this.reviews.set(key, review);
    return review;
  }
}
