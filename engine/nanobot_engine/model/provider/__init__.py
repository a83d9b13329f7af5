"""How a model is run: in a worker of ours by one of two bindings, or by an endpoint.

Suggested reading order: `provider` (the interface), `endpoint_options` (what a user says
of an endpoint), `xllamacpp`, `llama_cpp`, `openai` with `endpoint_connection` and
`endpoint_reply`.
"""
