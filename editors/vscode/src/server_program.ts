/** The program that serves: how it is started, and asking it what it is. Knows no editor. */

import { execFile } from 'node:child_process';

/** A command with arguments; no shell reads it. */
export interface ServerProgram {
  command: string;
  args: readonly string[];
  /** Where it was found, for people: "the setting nanobot.path". */
  source: string;
  /** As it says itself, such as "0.1.0". */
  version: string;
  /** It lies in an environment of ours, and modules of the user's must not come into it. */
  isOurs: boolean;
}

/** What `--version` is given before it counts as broken: a cold start reads a whole Python. */
const VERSION_TIMEOUT_MS = 30_000;
const OUTPUT_BYTES_MAX = 1 << 16;

export class ProgramError extends Error {}

/** Run a program to its end and return what it printed. */
export function output(
  command: string,
  args: readonly string[],
  cwd: string,
  isOurs = false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      [...args],
      { cwd, env: environment(isOurs), timeout: VERSION_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout);
          return;
        }
        const said = stderr.trim().split('\n').at(-1) ?? '';
        const why = error.killed === true ? `no answer within ${VERSION_TIMEOUT_MS / 1000} s` : error.message;
        reject(new ProgramError(`${command}: ${said === '' ? why : said}`));
      },
    );
  });
}

/**
 * The environment of what is started.
 *
 * `python -m` would take modules from the current folder first; that is ours and empty, and
 * with PYTHONSAFEPATH no folder at all.
 */
export function environment(isOurs: boolean): NodeJS.ProcessEnv {
  const variables: NodeJS.ProcessEnv = { ...process.env, PYTHONSAFEPATH: '1', PYTHONUNBUFFERED: '1' };
  if (isOurs) {
    delete variables['PYTHONPATH'];
    delete variables['PYTHONHOME'];
  }
  return variables;
}

/** Ask a command whether it is a `nanobot-lsp`. Throws a ProgramError that says why not. */
export async function askedProgram(
  command: string,
  args: readonly string[],
  source: string,
  cwd: string,
  isOurs = false,
): Promise<ServerProgram> {
  const said = await output(command, [...args, '--version'], cwd, isOurs);
  const found = /^nanobot-lsp (\d\S*)\s*$/.exec(said);
  const version = found?.[1];
  if (version === undefined) {
    throw new ProgramError(`${command}: answers --version with '${said.trim().slice(0, 80)}'`);
  }
  return { command, args, source, version, isOurs };
}

/** The command line program that came with a server: it sets up models. */
export function commandLine(server: ServerProgram): { command: string; args: string[] } {
  const asModule = server.args[0] === '-m';
  return asModule
    ? { command: server.command, args: ['-c', 'from nanobot_server.cli import main; main()'] }
    : { command: server.command.replace(/nanobot-lsp([^/]*)$/, 'nanobot$1'), args: [] };
}
