/**
 * What is ours between the extension and `nanobot-lsp`: `docs/protocol.md` in TypeScript.
 *
 * A test compares the two. It reads one plain form, so texts are in double quotes here.
 */

export const PROTOCOL_VERSION = 1;

export const METHODS = {
  status: "nanobot/status",
  processes: "nanobot/processes",
  review: "nanobot/review",
  didChangeStatus: "nanobot/didChangeStatus",
  didChangeProcess: "nanobot/didChangeProcess",
  showReview: "nanobot/showReview",
  resync: "nanobot/resync",
} as const;

export interface Status {
  server: ServerStatus;
  workspaces: WorkspaceStatus[];
  models: ModelStatus[];
  completion: CompletionStatus;
}

export interface ServerStatus {
  version: string;
  pid: number;
  logPath: string;
}

export interface WorkspaceStatus {
  uri: string;
  name: string;
  isHostRunning: boolean;
  index: IndexStatus | null;
}

export interface IndexStatus {
  state: "idle" | "indexing";
  percentage: number | null;
  files: number;
  definitions: number;
  problem: string;
}

export interface ModelStatus {
  role: string;
  name: string;
  state: "missing" | "present" | "loaded";
}

export interface CompletionStatus {
  isOn: boolean;
  model: string;
  problem: string;
}

export interface ProcessesParams {
  uri?: string;
}

export interface ProcessesResult {
  processes: Process[];
}

export interface Process {
  processId: string;
  workspaceUri: string;
  goal: string;
  recipe: string;
  state: "queued" | "running" | "paused" | "waiting_for_review" | "done" | "failed" | "cancelled" | "rejected";
  isAlive: boolean;
  done: number;
  steps: number;
  edits: number;
  refused: number;
  seconds: number;
  percentage: number | null;
  message: string;
}

export interface ReviewParams {
  processId: string;
  uri?: string;
}

export interface Review {
  processId: string;
  workspaceUri: string;
  goal: string;
  recipe: string;
  state: "queued" | "running" | "paused" | "waiting_for_review" | "done" | "failed" | "cancelled" | "rejected";
  isWhole: boolean;
  files: ReviewFile[];
  refused: ReviewRefusal[];
  notes: string[];
}

export interface ReviewFile {
  path: string;
  uri: string;
  change: "edited" | "created" | "moved" | "removed";
  newUri: string | null;
  originalUri: string;
  modifiedUri: string;
  hunks: ReviewHunk[];
}

export interface ReviewHunk {
  hunkId: string;
  title: string;
  startLine: number;
  endLine: number;
  isLikely: boolean;
  isFound: boolean;
}

export interface ReviewRefusal {
  path: string;
  definition: string;
  reason: string;
}

export interface ResyncParams {
  uri: string;
}
