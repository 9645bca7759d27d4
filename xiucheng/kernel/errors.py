"""The one error that a person reads."""

from collections.abc import Callable


class Refused(Exception):
    """A refusal: a Chinese sentence that says what is wrong and what to do.

    sentence: already translated (gettext) by whoever raises it; a pure rule's is Chinese until `said`.
    status: the HTTP status a face answers with; 422 unless something narrower fits.
    field: the name of the input that is to blame, "" if none is.
    code: a stable English word for programs («problem+json» type), never shown.
    retry_after: seconds after which it is worth trying again, for 429 and 503.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int = 422,
        field: str = "",
        code: str = "refused",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.field = field
        self.code = code
        self.retry_after = retry_after

    def said(self, translate: Callable[[str], str]) -> str:
        """The sentence for a reader: every face shows this. A pure rule's refusal is translated only here."""
        return self.sentence
