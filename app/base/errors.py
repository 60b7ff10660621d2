"""Expected trouble: each error carries an HTTP status and a sentence a person can act on."""


class AppError(Exception):
    """Expected trouble. `sentence` is shown as it is; `status` is the HTTP status at the web door."""

    status = 400

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if status is not None:
            self.status = status


class NotFound(AppError):
    """Unknown and forbidden answer alike, so that nobody learns what exists."""

    status = 404

    def __init__(self, sentence: str = "There is nothing here, or it is not open to you.") -> None:
        super().__init__(sentence)


class Invalid(AppError):
    """The input cannot be used; the sentence says what to change."""

    status = 400


class Conflict(AppError):
    """Somebody else was first, or the thing is not in a state that allows this."""

    status = 409


class Busy(AppError):
    """Too much at once; trying again later is right."""

    status = 429


class SignedOut(AppError):
    """Nobody is signed in; the web door sends a browser to the sign-in page."""

    status = 401

    def __init__(self, sentence: str = "Sign in first.") -> None:
        super().__init__(sentence)
