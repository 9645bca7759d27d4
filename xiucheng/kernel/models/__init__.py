"""Tables of the ground floor."""

from xiucheng.kernel.models.audit import AdminChange, PersonalDataAccess
from xiucheng.kernel.models.calendar import CalendarDay, CalendarYear, WorkingWindows
from xiucheng.kernel.models.config import ConfigUpload
from xiucheng.kernel.models.files import StoredFile
from xiucheng.kernel.models.jobs import Job
from xiucheng.kernel.models.ledger import AnchorHead, AnchorTip, LedgerAnchor, LedgerEvent
from xiucheng.kernel.models.numbering import CaseCounter
from xiucheng.kernel.models.retention import Deletion, Hold
from xiucheng.kernel.models.settings import Setting, Stamp
from xiucheng.kernel.models.texts import TextOverride

__all__ = [
    "AdminChange",
    "AnchorHead",
    "AnchorTip",
    "CalendarDay",
    "CalendarYear",
    "CaseCounter",
    "ConfigUpload",
    "Deletion",
    "Hold",
    "Job",
    "LedgerAnchor",
    "LedgerEvent",
    "PersonalDataAccess",
    "Setting",
    "Stamp",
    "StoredFile",
    "TextOverride",
    "WorkingWindows",
]
