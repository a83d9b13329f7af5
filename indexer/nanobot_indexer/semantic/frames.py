"""What an embedding worker and its parent say to each other, as length-prefixed frames.

    worker → parent   HELLO, once, when the model is loaded
    parent → worker   request: id, texts, tokens per text; then each text with its size
    worker → parent   reply:   id, texts; then their vectors, little-endian float32

The parent believes no vector before it checked that it is one of length 1.
"""

import struct
from typing import Final

HELLO: Final = b"nanobot-embed-1\n"

REQUEST: Final = struct.Struct("<IHH")  # request id, texts, tokens of a text at most
TEXT_SIZE: Final = struct.Struct("<I")
REPLY: Final = struct.Struct("<IH")  # request id, texts

TEXTS_MAX: Final = 64
"""Of one request."""
TEXT_BYTES_MAX: Final = 16 * 1024
"""More is cut: no model that is run here reads so much."""
