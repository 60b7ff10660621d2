"""Server-sent events as a response, which may also be written to from outside of its own task.

To wake a task, and have it come through all the generators of a class's line, costs several times as much as the
writing; where 200 students sit in one class, the last of them waited for 199 such tasks.
"""

from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse
from starlette.types import Send

HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}


class Pen:
    """Writes to one browser, once its response has begun."""

    def __init__(self) -> None:
        self.send: Send | None = None

    def write(self, text: str) -> bool:
        """Write at once; False where that would have to wait, as the line has not begun or the browser does not read as
        fast as it is told: then nothing was written.

        ASGI's `send` is driven by hand. It waits, before it writes, only while the connection has too much to send.
        """
        if self.send is None:
            return False
        sending = self.send({"type": "http.response.body", "body": text.encode(), "more_body": True}).__await__()
        try:
            next(sending)
        except StopIteration:
            return True
        except (OSError, RuntimeError):
            return False  # the connection is closing, which its own task will find
        sending.close()
        return False


class EventStream(StreamingResponse):
    """The lines of one browser, and a pen that writes between them as long as they go on."""

    def __init__(self, lines: AsyncIterator[str], pen: Pen | None = None) -> None:
        super().__init__(lines, media_type="text/event-stream", headers=HEADERS)
        self.pen = pen or Pen()

    async def stream_response(self, send: Send) -> None:
        """Begin the response, and send the lines."""
        self.pen.send = send
        try:
            await super().stream_response(send)
        finally:
            self.pen.send = None
