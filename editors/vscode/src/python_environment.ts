/** The Python that the user chose, as the Python extension tells it, if that is there. */

import * as vscode from 'vscode';

const PYTHON_EXTENSION = 'ms-python.python';

interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(environment: { path: string }): Promise<
      { executable: { uri: vscode.Uri | undefined } } | undefined
    >;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

async function api(): Promise<PythonApi | undefined> {
  return vscode.extensions.getExtension<PythonApi>(PYTHON_EXTENSION)?.activate();
}

/**
 * Return the interpreter of the first workspace folder, or null.
 *
 * An environment may lie in the workspace, and to start it runs code of the workspace: so there
 * is none while the workspace is not trusted.
 */
export async function chosenPython(log: vscode.LogOutputChannel): Promise<string | null> {
  if (!vscode.workspace.isTrusted) {
    return null;
  }
  try {
    const environments = (await api())?.environments;
    if (environments === undefined) {
      return null;
    }
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const chosen = environments.getActiveEnvironmentPath(folder);
    const resolved = await environments.resolveEnvironment(chosen);
    return resolved?.executable.uri?.fsPath ?? null;
  } catch (error) {
    log.warn(`the Python extension did not answer: ${String(error)}`);
    return null;
  }
}

/** Call `listener` when the user chooses another interpreter. */
export async function onPythonChosen(listener: () => void): Promise<vscode.Disposable> {
  try {
    const environments = (await api())?.environments;
    return environments?.onDidChangeActiveEnvironmentPath(listener) ?? new vscode.Disposable(() => {});
  } catch {
    return new vscode.Disposable(() => {});
  }
}
