/**
 * A Python environment of the extension's own, with one version of the server in it.
 *
 * Scripts of an environment hold its path, so it is made where it stays; a mark is set when it
 * is whole, and one without the mark is never used. Knows no editor.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';

import { programOnPath } from './server_location';
import { askedProgram, environment, output, ProgramError } from './server_program';

const PYTHON_MAJOR = 3;
const PYTHON_MINOR_MIN = 11;
const PYTHONS = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python'];
const FOLDER = /^server-/;

const VENV_ADVICE =
  'on Debian and Ubuntu the package python3-venv is needed, or choose another interpreter';
const PIP_ADVICE =
  'without a network or package index, install nanobot-lsp by hand and set nanobot.path to it';

export class ManagedEnvironment {
  readonly folder: string;
  /** `nanobot-lsp`; it is there when `isWhole`. */
  readonly server: string;

  /**
   * @param storage The folder of the extension.
   * @param version Of the server.
   * @param log Takes the lines that the installers print.
   */
  constructor(
    private readonly storage: string,
    readonly version: string,
    private readonly log: (line: string) => void,
  ) {
    this.folder = path.join(storage, `server-${version}`);
    this.server = path.join(this.folder, 'bin', 'nanobot-lsp');
  }

  get isWhole(): boolean {
    return existsSync(this.mark);
  }

  /**
   * Make the environment, and take away those of other versions.
   *
   * @param preferred A Python to try before those of PATH, or null.
   * @param signal Ends it; what was made is taken away.
   * Throws a ProgramError that says what to do.
   */
  async install(preferred: string | null, signal: AbortSignal): Promise<void> {
    await mkdir(this.storage, { recursive: true });
    const python = await this.foundPython(preferred);
    await rm(this.folder, { recursive: true, force: true });
    try {
      await this.run(python, ['-m', 'venv', this.folder], signal, VENV_ADVICE);
      const wanted = `nanobot-lsp==${this.version}`;
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', wanted];
      await this.run(path.join(this.folder, 'bin', 'python'), pip, signal, PIP_ADVICE);
      await askedProgram(this.server, [], 'the managed environment', this.storage, true);
      await writeFile(this.mark, '');
    } catch (error) {
      await rm(this.folder, { recursive: true, force: true });
      throw error;
    }
    for (const name of await readdir(this.storage)) {
      if (FOLDER.test(name) && name !== path.basename(this.folder)) {
        await rm(path.join(this.storage, name), { recursive: true, force: true });
      }
    }
  }

  private get mark(): string {
    return path.join(this.folder, 'nanobot-is-whole');
  }

  private async foundPython(preferred: string | null): Promise<string> {
    const searchPath = process.env['PATH'] ?? '';
    const onPath = PYTHONS.map((name) => programOnPath(name, searchPath));
    const passed: string[] = [];
    for (const python of [preferred, ...onPath]) {
      if (python === null) {
        continue;
      }
      try {
        const script = 'import sys; print(*sys.version_info[:2])';
        const said = await output(python, ['-c', script], this.storage, true);
        const [major = 0, minor = 0] = said.trim().split(' ').map(Number);
        if (major === PYTHON_MAJOR && minor >= PYTHON_MINOR_MIN) {
          return python;
        }
        passed.push(`${python} is ${major}.${minor}`);
      } catch (error) {
        passed.push(error instanceof Error ? error.message : String(error));
      }
    }
    const seen = passed.length > 0 ? ` (${passed.join(', ')})` : '';
    throw new ProgramError(
      `Python ${PYTHON_MAJOR}.${PYTHON_MINOR_MIN} or later was not found${seen}: ` +
        'install it, or choose one with "Python: Select Interpreter"',
    );
  }

  /** Run an installer, its lines into the log. */
  private run(command: string, args: string[], signal: AbortSignal, advice: string): Promise<void> {
    this.log(`${command} ${args.join(' ')}`);
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: this.storage,
        env: environment(true),
        signal,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let last = '';
      const take = (text: string): void => {
        for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
          last = line.trim();
          this.log(last);
        }
      };
      child.stdout.setEncoding('utf8').on('data', take);
      child.stderr.setEncoding('utf8').on('data', take);
      child.on('error', (error) => {
        reject(signal.aborted ? new ProgramError('cancelled') : error);
      });
      child.on('close', (code) => {
        if (code === 0) {
          resolve();
        } else {
          reject(new ProgramError(`${args[1]} ended with ${code} (${last}); ${advice}`));
        }
      });
    });
  }
}
