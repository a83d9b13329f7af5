"""Messages in and out: bytes, JSON-RPC, and the life of the connection."""
