/**
 * The server: found, started, watched, started again.
 *
 *     stopped ──> starting ──> running ──crash──> starting …   (at most 4 times in 3 minutes)
 *                    └──> missing | failed
 *
 * Starts and stops go through one queue, so there are never two of them at once.
 */

import * as path from 'node:path';
import { mkdir } from 'node:fs/promises';
import * as vscode from 'vscode';
import { LanguageClient, State } from 'vscode-languageclient/node';

import { Client, Logs, makeClient } from './client';
import { ManagedEnvironment } from './managed_environment';
import { PROTOCOL_VERSION } from './protocol';
import { chosenPython } from './python_environment';
import { locate, Location } from './server_location';
import { ServerProgram } from './server_program';

const CRASHES_MAX = 4;
const CRASH_WINDOW_MS = 3 * 60_000;

export type ServerState =
  | { kind: 'stopped' }
  | { kind: 'starting' }
  | { kind: 'running'; program: ServerProgram; protocol: number }
  | { kind: 'missing'; reasons: readonly string[] }
  | { kind: 'failed'; reason: string };

export class Server implements vscode.Disposable {
  readonly managed: ManagedEnvironment;
  private readonly changed = new vscode.EventEmitter<ServerState>();
  /** Fires with every new state. */
  readonly onDidChange = this.changed.event;
  private readonly made = new vscode.EventEmitter<LanguageClient>();
  /** Fires with a client that is not started yet: the moment to add handlers. */
  readonly onDidMake = this.made.event;

  private current: ServerState = { kind: 'stopped' };
  private client: Client | undefined;
  private queue: Promise<void> = Promise.resolve();
  private isRestartQueued = false;
  private crashTimesMs: number[] = [];

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly logs: Logs,
  ) {
    const { version } = context.extension.packageJSON as { version: string };
    this.managed = new ManagedEnvironment(this.storage, version, (line) => logs.log.info(line));
  }

  get state(): ServerState {
    return this.current;
  }

  /** The client of a server that runs. */
  get language(): LanguageClient | undefined {
    return this.current.kind === 'running' ? this.client?.language : undefined;
  }

  /** Stop the server if it runs, and start it. Calls that come meanwhile are one more start. */
  restart(): Promise<void> {
    if (!this.isRestartQueued) {
      this.isRestartQueued = true;
      this.queue = this.queue.then(async () => {
        this.isRestartQueued = false;
        await this.stopNow();
        await this.startNow();
      });
    }
    return this.queue;
  }

  stop(): Promise<void> {
    this.queue = this.queue.then(() => this.stopNow());
    return this.queue;
  }

  dispose(): void {
    this.changed.dispose();
    this.made.dispose();
  }

  private get storage(): string {
    return this.context.globalStorageUri.fsPath;
  }

  private async startNow(): Promise<void> {
    this.become({ kind: 'starting' });
    try {
      const { server, reasons } = await this.located();
      if (server === null) {
        this.logs.log.warn(`no server found: ${reasons.join('; ') || 'nowhere'}`);
        this.become({ kind: 'missing', reasons });
        return;
      }
      const line = [server.command, ...server.args].join(' ');
      this.logs.log.info(`starting ${line} (version ${server.version}, from ${server.source})`);
      await this.run(server);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logs.log.error(`not started: ${reason}`);
      await this.stopNow();
      this.become({ kind: 'failed', reason });
    }
  }

  private async located(): Promise<Location> {
    const cwd = path.join(this.storage, 'empty');
    await mkdir(cwd, { recursive: true });
    const settings = vscode.workspace.getConfiguration('nanobot');
    return locate({
      path: settings.get<string>('path', '').trim(),
      python: await chosenPython(this.logs.log),
      searchPath: process.env['PATH'] ?? '',
      managed: this.managed.isWhole ? this.managed.server : '',
      cwd,
    });
  }

  private async run(program: ServerProgram): Promise<void> {
    const cwd = path.join(this.storage, 'empty');
    const client: Client = makeClient(program, cwd, this.logs, () => this.crashed(client));
    this.client = client;
    this.made.fire(client.language);
    client.language.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        this.become({ kind: 'running', program, protocol: protocolOf(client.language) });
      } else if (newState === State.Starting) {
        this.become({ kind: 'starting' });
      } else {
        client.progress.clear();
      }
    });
    try {
      await client.language.start();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${program.command}: ended while it was started (${why})`, { cause: error });
    }
    if (protocolOf(client.language) !== PROTOCOL_VERSION) {
      this.logs.log.warn(
        `nanobot-lsp ${program.version} does not speak protocol ${PROTOCOL_VERSION}: ` +
          'status, processes and review are not shown',
      );
    }
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client !== undefined) {
      client.progress.clear();
      try {
        await client.language.dispose();
      } catch (error) {
        // It died before, or while it started.
        this.logs.log.info(`the server was not there to be stopped: ${String(error)}`);
      }
    }
    this.become({ kind: 'stopped' });
  }

  /** The connection to a server ended; one that is being started or stopped is not meant. */
  private crashed(client: Client): void {
    if (this.client !== client || this.current.kind !== 'running') {
      return;
    }
    const nowMs = Date.now();
    const recent = this.crashTimesMs.filter((one) => nowMs - one < CRASH_WINDOW_MS);
    this.crashTimesMs = [...recent, nowMs];
    if (this.crashTimesMs.length <= CRASHES_MAX) {
      this.logs.log.error('the server ended without being asked to; starting it again');
      void this.restart();
      return;
    }
    this.crashTimesMs = [];
    const minutes = CRASH_WINDOW_MS / 60_000;
    const reason = `it ended ${CRASHES_MAX + 1} times within ${minutes} minutes`;
    this.logs.log.error(`the server is given up: ${reason}`);
    this.become({ kind: 'failed', reason });
  }

  private become(state: ServerState): void {
    this.current = state;
    this.changed.fire(state);
  }
}

function protocolOf(language: LanguageClient): number {
  const experimental: unknown = language.initializeResult?.capabilities.experimental;
  const mine = (experimental as { nanobot?: { protocol?: unknown } } | undefined)?.nanobot;
  return typeof mine?.protocol === 'number' ? mine.protocol : 0;
}
