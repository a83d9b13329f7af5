import assert from 'node:assert/strict';
import test from 'node:test';

import { hunkAt, Span, spansAfter } from '../src/hunk_lines';

/** Mark hunks in `before` as `[` and `]` lines; what is between in `after` is what they become. */
function marked(lines: string[]): { text: string[]; spans: Span[] } {
  const text: string[] = [];
  const spans: Span[] = [];
  for (const line of lines) {
    if (line === '[') {
      spans.push({ startLine: text.length, endLine: text.length });
    } else if (line === ']') {
      spans.at(-1)!.endLine = text.length;
    } else {
      text.push(line);
    }
  }
  return { text, spans };
}

function check(before: string[], after: string[]): void {
  const old = marked(before);
  const now = marked(after);
  assert.deepEqual(spansAfter(old.text, now.text, old.spans), now.spans);
}

test('a hunk that grows moves those behind it', () => {
  check(
    ['a', '[', 'b', ']', 'c', '[', 'd', ']', 'e'],
    ['a', '[', 'b', 'b2', 'b3', ']', 'c', '[', 'D', ']', 'e'],
  );
});

test('a hunk may only insert, and one only remove', () => {
  check(['[', ']', 'a', '[', 'b', ']'], ['[', 'new', ']', 'a', '[', ']']);
});

test('the last hunk ends where the same lines begin', () => {
  check(['[', 'x', ']', 'y', 'z'], ['[', 'y', 'z', ']', 'y', 'z']);
});

test('there may be no hunk', () => {
  check(['a'], ['a']);
});

test('a cursor is in a hunk, or in none', () => {
  const spans = [
    { startLine: 1, endLine: 3 },
    { startLine: 5, endLine: 5 },
  ];
  assert.deepEqual([0, 1, 2, 3, 5, 6].map((line) => hunkAt(spans, line)), [-1, 0, 0, -1, 1, -1]);
});
