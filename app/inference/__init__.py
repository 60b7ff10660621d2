"""Every word to and from a model.

Owns the gateway (roles, time-outs, retries, circuit breaker), the model catalogue, the embedder, and the
`model_call` table. In: a role, a prompt, what it is about. Out: `Reply`, streamed words, validated documents,
vectors; or `ModelUnavailable` and `ModelJunk`, which callers must expect. Nothing outside this room names a model.
"""
