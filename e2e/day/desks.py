"""What each role does in one turn: looks at what waits, and does some of it as its people would."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from e2e.day.forms import PageForm, form_of
from e2e.day.worker import Worker

OTHER = "matter/06036"  # what a message that names no category is filed under
WORDS = ("垃圾", "路灯", "噪音", "井盖", "违建", "占道")


def intake(who: Worker) -> None:
    rows = who.some("accept", 20)
    for number in rows[:2]:
        if who.rng.random() < 0.3:
            who.step(number, "refuse", {"note": "不属于城市管理事项，请向主管部门反映。"})
        else:
            who.step(number, "merge", first_near)
    who.together("accept", rows[2:])
    who.together("request_verify", who.some("verify", 60))
    who.together("request_check", who.some("check", 60))
    if who.rng.random() < 0.5:
        callback(who)


def first_near(form: PageForm) -> dict[str, str] | None:
    """The likeliest duplicate, if the form names one."""
    near = form.options["into"]
    return {"into": near[0], "note": "同一处、同一件事，多人反映。"} if near else None


def callback(who: Worker) -> None:
    """The first of the queue: show the number, call, write down what was said."""
    queue = who.look("/callbacks", "desk")
    numbers = re.findall(r"/callbacks/(\d{8}-\d{6,})[\"?]", queue)
    if not numbers:
        return
    path = f"/callbacks/{who.rng.choice(numbers[:10])}"
    page = who.look(path, "form")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if token is None:
        return
    form = PageForm(f"{path}/dial").fill(csrfmiddlewaretoken=token[1])
    who.judged(who.post(form, "step"), "dial")
    form = PageForm(path).fill(csrfmiddlewaretoken=token[1], rating=who.rng.choice(["satisfied", "fair"]))
    if who.judged(who.post(form, "step"), "callback"):
        who.tally.done(who.role, "callback")


def shift_leader(who: Worker) -> None:
    left = who.together("file", who.some("file", 20), first_standard)
    for number in left[:5]:
        if who.rng.random() < 0.5:
            who.step(number, "decline", {"note": "经核实不属于立案范围。"})
        else:
            file_with_category(who, number)
    for number in who.together("close", who.some("close", 40))[:3]:
        who.step(number, "rework", {"note": "核查没有通过，请重新处置。"})
    for number in who.some("suspend", 2):
        who.step(number, "decide_suspend", {"granted": "1", "note": "同意，按工期恢复。"})
    for number in who.some("wrong", 2):
        who.step(number, "confirm_return", {"granted": "1"})
    if who.rng.random() < 0.15:
        export(who)


def first_standard(form: PageForm, number: str) -> dict[str, str]:
    choices = form.options[f"{number}-standard"]
    return {"standard": choices[-1]} if choices else {}


def file_with_category(who: Worker, number: str) -> None:
    """A report without a category: name one, have its conditions listed, file."""
    path = f"/cases/{number}/file"
    asked = f"{path}?{urlencode({'category': OTHER, 'back': '/desk'})}"
    form = form_of(who.look(asked, "form"), path)
    if form is None or not form.options["standard"]:
        return
    form.fill(standard=form.options["standard"][-1])
    if who.judged(who.post(form, "step"), "file"):
        who.tally.done(who.role, "file")


def dispatcher(who: Worker) -> None:
    for number in who.together("dispatch", who.some("dispatch", 25))[:2]:
        who.look(f"/cases/{number}", "case")
    who.together("forward", who.some("reply", 60))
    for number in who.some("return", 2):
        who.step(number, "decide_return", yes_or_no(who))
    who.together("decide_extend", who.some("extend", 10), lambda _form, _number: yes_or_no(who))
    if who.rng.random() < 0.2:
        who.together("remind", who.some("out", 3))


def yes_or_no(who: Worker) -> dict[str, str]:
    return {"granted": "1" if who.rng.random() < 0.7 else "0", "note": "已与部门核对。"}


def department(who: Worker) -> None:
    who.together("take", who.some("take", 40))
    rows = who.some("handle", 14)
    for number in rows[:1]:
        ask_for(who, number)
    for number in rows[1:3]:
        who.step(number, "handle", {"note": "已到场处置完毕。"})
    for number in rows[3:5]:
        who.by_api(number, "handle", note="已到场处置完毕。", photos=[who.photo64()])
    who.together("handle", rows[5:], lambda _form, _number: {"note": "已派人处置，现场已清理。"})
    for number in who.some("supervised", 1):
        who.step(number, "answer_supervise", {"note": "已增派人手，今日办结。"})


def ask_for(who: Worker, number: str) -> None:
    """More time, or a pause, or somebody else. The case then waits for others, and may leave this desk."""
    chance = who.rng.random()
    if chance < 0.4:
        done = who.step(number, "extend", {"note": "需要调配设备，申请延期。"})
    elif chance < 0.75:
        who.step(number, "return", {"note": "不属于我部门职责，应由属地城管部门负责。"})
        done = False  # granted at once, it is out of this department's sight
    elif chance < 0.9:
        until = (datetime.now().astimezone() + timedelta(days=20)).date()
        done = who.step(number, "suspend", {"until": until.isoformat(), "note": "涉及管网改造工程。"})
    else:
        return
    who.asked.add(number)
    if done:
        who.look(f"/cases/{number}", "case")


def head(who: Worker) -> None:
    for number in who.some("review_extend", 10):
        who.step(number, "review_extend", {"granted": "1", "note": "情况属实。"})


def inspector(who: Worker) -> None:
    for tab, step, answer in (("verify", "answer_verify", "found"), ("check", "answer_check", "passed")):
        for turn, number in enumerate(who.some(tab, 15)):
            yes = who.rng.random() < 0.93
            where = who.here(number)
            note = "" if yes else "现场情况与所述不符，见照片。"
            if turn % 3:
                who.by_api(number, step, **{answer: yes}, note=note, photos=[who.photo64()], **where)
            else:
                typed = {name: str(value) for name, value in where.items()}
                who.step(number, step, typed | {answer: "1" if yes else "0", "note": note})


def leader(who: Worker) -> None:
    who.look("/watch", "list")
    for number in who.some("arbitrate", 3):
        who.step(number, "arbitrate", any_department(who))
    page = who.look("/cases?stage=handling", "list")
    numbers = re.findall(r'href="/cases/(\d{8}-\d{6,})"', page)
    for number in numbers[:1]:
        by = (datetime.now().astimezone() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
        who.step(number, "supervise", {"level": "一般", "reply_by": by, "note": "请抓紧办理并回复。"})
    for number in numbers[1:2]:
        who.step(number, "instruct", {"note": "请属地今日内处理到位。"})


def any_department(who: Worker) -> Callable[[PageForm], dict[str, str]]:
    return lambda form: {"to": who.rng.choice(form.options["to"]), "note": "按权责清单裁定。"}


def reader(who: Worker) -> None:
    """Looks at lists, maps and cases, and takes an export away."""
    text = who.look(f"/cases?{urlencode({'q': who.rng.choice(WORDS)})}", "list")
    for number in re.findall(r'href="/cases/(\d{8}-\d{6,})"', text)[:2]:
        who.look(f"/cases/{number}", "case")
    who.look("/map/list?state=open&bbox=102.66,25.03,102.72,25.05", "list")
    who.look("/tiles/cases/13/6433/3507.mvt", "tile")
    who.look("/messages", "list")
    if who.rng.random() < 0.2:
        export(who)


def export(who: Worker) -> None:
    """Ask for one, and take what is ready."""
    form = PageForm("/cases/export").fill(
        csrfmiddlewaretoken=who.token(),
        asked="state=open",
        format=who.rng.choice(["csv", "xlsx"]),
    )
    if who.judged(who.post(form, "step"), "export"):
        who.tally.done(who.role, "export")
    page = who.look("/exports", "list")
    for address in re.findall(r'href="(/exports/[0-9a-f-]{36}/file)"', page)[:1]:
        who.look(address, "file")


TURNS: dict[str, Callable[[Worker], None]] = {
    "intake": intake,
    "shift_leader": shift_leader,
    "dispatcher": dispatcher,
    "department": department,
    "head": head,
    "inspector": inspector,
    "leader": leader,
    "reader": reader,
}
# Who is at work: name → what he does.
PEOPLE = {
    "受理员_五华": "intake", "受理员_五华_二": "intake", "受理员_盘龙": "intake",
    "值班长_五华": "shift_leader", "值班长_五华_二": "shift_leader", "值班长_盘龙": "shift_leader",
    "派遣员_五华": "dispatcher", "派遣员_五华_二": "dispatcher", "派遣员_盘龙": "dispatcher",
    "经办人_市政": "department", "经办人_排水": "department", "经办人_环卫": "department",
    "经办人_环卫_二": "department", "经办人_城管": "department", "经办人_华山街道": "department",
    "经办人_五华城管局": "department", "经办人_盘龙市政": "department", "经办人_盘龙城管局": "department",
    "负责人_市政": "head", "负责人_排水": "head", "负责人_环卫": "head", "负责人_城管": "head",
    "负责人_盘龙城管局": "head",
    "监督员_五华_甲": "inspector", "监督员_五华_乙": "inspector", "监督员_盘龙": "inspector",
    "领导_五华": "leader", "考评员_五华": "reader",
}  # fmt: skip
