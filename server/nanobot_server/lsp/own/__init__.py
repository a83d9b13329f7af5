"""What is ours between an editor and the server: `docs/protocol.md`."""
