/**
 * Progress of the server as notifications with Cancel.
 *
 * The client library shows all progress in the status bar, where nothing can be cancelled.
 */

import * as vscode from 'vscode';
import type {
  HandleWorkDoneProgressSignature,
  ProgressToken,
  WorkDoneProgressBegin,
  WorkDoneProgressEnd,
  WorkDoneProgressReport,
} from 'vscode-languageclient/node';

type Value = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

interface Shown {
  report(value: WorkDoneProgressBegin | WorkDoneProgressReport): void;
  end(): void;
}

export class ProgressNotifications {
  private readonly shown = new Map<ProgressToken, Shown>();

  /** @param cancel Tells the server that the user stopped the work of a token. */
  constructor(private readonly cancel: (token: ProgressToken) => void) {}

  /** The middleware of the client. */
  readonly handle = (
    token: ProgressToken,
    value: Value,
    next: HandleWorkDoneProgressSignature,
  ): void => {
    if (value.kind === 'begin' && value.cancellable === true) {
      this.shown.set(token, this.show(token, value));
      return;
    }
    const shown = this.shown.get(token);
    if (shown !== undefined && value.kind === 'report') {
      shown.report(value);
      return;
    }
    if (shown !== undefined && value.kind === 'end') {
      this.shown.delete(token);
      shown.end();
    }
    next(token, value); // The library frees the token when it sees the end.
  };

  /** End everything: the server is gone. */
  clear(): void {
    for (const shown of this.shown.values()) {
      shown.end();
    }
    this.shown.clear();
  }

  private show(token: ProgressToken, begin: WorkDoneProgressBegin): Shown {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    let reported = 0;
    let progress: vscode.Progress<{ message?: string; increment?: number }> | undefined;
    const report: Shown['report'] = (value) => {
      const percentage = Math.max(value.percentage ?? reported, reported);
      const increment = value.percentage === undefined ? undefined : percentage - reported;
      reported = percentage;
      progress?.report({ message: value.message, increment });
    };
    const options = {
      location: vscode.ProgressLocation.Notification,
      cancellable: true,
      title: begin.title,
    };
    void vscode.window.withProgress(options, (place, cancellation) => {
      progress = place;
      cancellation.onCancellationRequested(() => this.cancel(token));
      report(begin);
      return ended;
    });
    return { report, end };
  }
}
