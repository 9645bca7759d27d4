"""What is wrong with an import: one problem per cell, told all at once."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: row (from 1, without the heading; 0 is the file itself), column, a sentence."""

    row: int
    column: str
    sentence: str


class ImportRefused(Refused):
    """An import with problems. Nothing of it was stored. count: of all, if only the first are given."""

    def __init__(self, problems: list[Problem], *, count: int = 0) -> None:
        self.count = count or len(problems)
        first = problems[0]
        super().__init__(
            _("导入的内容有 %(count)d 处问题，一行也没有导入。第 %(row)d 行 %(column)s：%(sentence)s")
            % {"count": self.count, "row": first.row, "column": first.column, "sentence": first.sentence},
            field=first.column,
            code="bad_import",
        )
        self.problems = tuple(problems)


class Problems:
    """Collects problems; `refuse` raises if there are any."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, row: int, column: str, sentence: str) -> None:
        self._found.append(Problem(row, column, sentence))

    def refuse(self) -> None:
        """Raises: ImportRefused, ordered by row."""
        if self._found:
            raise ImportRefused(sorted(self._found, key=lambda problem: problem.row))
