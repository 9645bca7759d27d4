"""What tells two demo cities apart: one digest over the heads of all chains, which seal everything that happened."""

from xiucheng.cases.models import Case
from xiucheng.kernel.ledger import sm3


def signature() -> str:
    """SM3 over number and head of every case, in order of number. The same seed and day give the same one.

    Not in it, since they must differ: passwords, ciphertexts of reporters, and digests keyed by the city's secrets.
    """
    rows = Case.unscoped.order_by("number").values_list("number", "head_hash").iterator()
    return sm3(b"".join(number.encode() + bytes(head) for number, head in rows)).hex()
