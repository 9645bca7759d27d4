"""A case brought to a stage through the API, by the cast, each with a token of his own."""

from functools import cache
from typing import Any

from e2e.town import SPOT, Town, Visitor, png64, report


@cache
def worker(town: Town, name: str) -> Visitor:
    """One token a person and town, for a session of tests."""
    return town.as_(name)


def do(town: Town, name: str, number: str, step: str, **body: Any) -> dict[str, Any]:
    """One step by one of the cast."""
    answer = worker(town, name).post(f"/api/v1/cases/{number}/{step}", json=body)
    assert answer.status_code == 200, f"{step}: {answer.text}"
    found: dict[str, Any] = answer.json()
    return found


def reported(town: Town, **changes: Any) -> str:
    answer = town.visitor().post("/api/v1/reports", json=report(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def filed(town: Town, **changes: Any) -> str:
    """Accepted, verified on site, filed: it waits for a dispatcher. Returns the 受理号."""
    number = reported(town, **changes)
    here = {"longitude": SPOT[0], "latitude": SPOT[1]}
    do(town, "受理员_五华", number, "accept")
    do(town, "受理员_五华", number, "request_verify", inspector=town.names["posts"]["监督员_五华_甲"])
    do(town, "监督员_五华_甲", number, "answer_verify", found=True, photos=[png64(number)], **here)
    rows = worker(town, "值班长_五华").get("/api/v1/standards", params={"category": "matter/06001"})
    assert rows.status_code == 200, rows.text
    choices = rows.json()["items"] if isinstance(rows.json(), dict) else rows.json()
    do(town, "值班长_五华", number, "file", standard=choices[0]["id"])
    return number


def dispatched(town: Town, **changes: Any) -> str:
    """At 环卫, who handles it. Returns the 受理号."""
    number = filed(town, **changes)
    do(town, "派遣员_五华", number, "dispatch", to=town.names["departments"]["环卫"])
    return number
