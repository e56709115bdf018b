"""The journal of releases (B4): append-only entries, and the record of an attempt put together from them."""

from lambda_src.journal.records import EntryKind, JournalEntry, Outcome, ReleaseRecord, ReleaseState, assemble
from lambda_src.journal.store import Journal, JournalConflictError, journal_table_name

__all__ = [
    "EntryKind",
    "Journal",
    "JournalConflictError",
    "JournalEntry",
    "Outcome",
    "ReleaseRecord",
    "ReleaseState",
    "assemble",
    "journal_table_name",
]
