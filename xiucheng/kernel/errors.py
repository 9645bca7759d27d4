"""The one error that a person reads."""


class Refused(Exception):
    """A refusal: a Chinese sentence that says what is wrong and what to do.

    sentence: shown as it is; already translated (gettext) by whoever raises it.
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
