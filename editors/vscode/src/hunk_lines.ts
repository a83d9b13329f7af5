/** Where a hunk is in each of the two documents that are compared. Knows no editor. */

export interface Span {
  /** From 0. */
  startLine: number;
  /** Excluded. */
  endLine: number;
}

/**
 * Return where the hunks of a file are in the text after all of them.
 *
 * What lies between two hunks is the same in both texts, so it is looked for after the hunk
 * before; the last such piece lies at the end. Of an ambiguous place the first counts.
 *
 * @param before Lines of the text before.
 * @param after Lines of the text after.
 * @param hunks In the text before, in order, not overlapping.
 */
export function spansAfter(
  before: readonly string[],
  after: readonly string[],
  hunks: readonly Span[],
): Span[] {
  const spans: Span[] = [];
  let position = hunks[0]?.startLine ?? 0;
  hunks.forEach((hunk, number) => {
    const next = hunks[number + 1];
    const kept = before.slice(hunk.endLine, next?.startLine ?? before.length);
    const end =
      next === undefined
        ? Math.max(position, after.length - kept.length)
        : placeOf(kept, after, position);
    spans.push({ startLine: position, endLine: end });
    position = end + kept.length;
  });
  return spans;
}

/** Return the first line at or after `from` where `wanted` begins; `from` when it is nowhere. */
function placeOf(wanted: readonly string[], lines: readonly string[], from: number): number {
  for (let start = from; start + wanted.length <= lines.length; start += 1) {
    if (wanted.every((line, offset) => lines[start + offset] === line)) {
      return start;
    }
  }
  return from;
}

/** Return the number of the hunk at a line, or -1. One without lines is at the line it is before. */
export function hunkAt(spans: readonly Span[], line: number): number {
  return spans.findIndex(
    (span) => span.startLine <= line && line < Math.max(span.endLine, span.startLine + 1),
  );
}
