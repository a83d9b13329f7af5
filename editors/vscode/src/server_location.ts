/**
 * Where a `nanobot-lsp` is, in this order:
 *
 *     setting nanobot.path → the chosen Python environment → PATH → the managed environment
 *
 * A setting that does not work is an error and not a reason to look further: its user meant it.
 */

import * as path from 'node:path';
import { accessSync, constants } from 'node:fs';

import { askedProgram, ProgramError, ServerProgram } from './server_program';

export interface Places {
  /** The setting, or empty. */
  path: string;
  /** The Python that the user chose for this workspace; null when there is none to trust. */
  python: string | null;
  /** The folders of PATH. */
  searchPath: string;
  /** `nanobot-lsp` of the managed environment; it need not exist. */
  managed: string;
  /** An empty folder of ours, to start programs in. */
  cwd: string;
}

export interface Location {
  /** Null when there is none. */
  server: ServerProgram | null;
  /** Why each place that was looked at has none. */
  reasons: string[];
}

export async function locate(places: Places): Promise<Location> {
  if (places.path !== '') {
    if (!path.isAbsolute(places.path)) {
      throw new ProgramError(`nanobot.path: '${places.path}' is not an absolute path`);
    }
    const server = await askedProgram(places.path, [], 'the setting nanobot.path', places.cwd);
    return { server, reasons: [] };
  }
  const reasons: string[] = [];
  for (const [command, args, source] of candidates(places)) {
    const isOurs = command === places.managed;
    try {
      const server = await askedProgram(command, args, source, places.cwd, isOurs);
      return { server, reasons };
    } catch (error) {
      reasons.push(`${source}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { server: null, reasons };
}

function* candidates(places: Places): Generator<[string, string[], string]> {
  if (places.python !== null) {
    yield [places.python, ['-m', 'nanobot_server.lsp'], 'the chosen Python environment'];
  }
  const found = programOnPath('nanobot-lsp', places.searchPath);
  if (found !== null) {
    yield [found, [], 'PATH'];
  }
  if (isExecutable(places.managed)) {
    yield [places.managed, [], 'the managed environment'];
  }
}

/** Find a program; folders that are not absolute are passed over, as they lie in a workspace. */
export function programOnPath(name: string, searchPath: string): string | null {
  for (const folder of searchPath.split(path.delimiter)) {
    const file = path.join(folder, name);
    if (path.isAbsolute(folder) && isExecutable(file)) {
      return file;
    }
  }
  return null;
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
