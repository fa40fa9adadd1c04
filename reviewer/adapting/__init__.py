"""From what a model was sent and said, byte for byte, to a payload and an output. Pure.

An adapter is written once for an endpoint (docs/capture.md); `adapter.check` names what is
wrong with it, `adapter.compiled` reads bodies by it.
"""
