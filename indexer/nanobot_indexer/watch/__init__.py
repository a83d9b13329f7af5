"""Notice changes of a workspace while it is open.

Suggested reading order: `inotify` (what the kernel says), `batch` (what the caller
gets), `watcher`.

Invariant: the caller never hears of less than what changed. Whatever is not known
path by path (a full queue, a new folder, other ignore rules, no watches left) is
delivered as a new scan of the whole workspace. This part writes nothing.
"""
