"""Who works in the town of the day besides the fixed cast:  python -m e2e.day.staff  prints names and ids as JSON.

Two people a desk in 五华, so that they get in each other's way, and a whole centre in 盘龙.
"""

import json

import django

WUHUA, PANLONG = "530102", "530103"
# name → role, department, county, head
MORE: dict[str, tuple[str, str, str, bool]] = {
    "受理员_五华_二": ("intake", "监督中心", WUHUA, False),
    "值班长_五华_二": ("shift_leader", "监督中心", WUHUA, False),
    "派遣员_五华_二": ("dispatcher", "区指挥中心", WUHUA, False),
    "经办人_环卫_二": ("department", "环卫", WUHUA, False),
    "负责人_环卫": ("department", "环卫", WUHUA, True),
    "负责人_城管": ("department", "城管执法", WUHUA, True),
    "经办人_五华城管局": ("department", "五华区城管局", WUHUA, False),
    "值班长_盘龙": ("shift_leader", "盘龙监督中心", PANLONG, False),
    "经办人_盘龙城管局": ("department", "盘龙区城管局", PANLONG, False),
    "负责人_盘龙城管局": ("department", "盘龙区城管局", PANLONG, True),
}


def main() -> None:
    django.setup()
    from xiucheng.people.models import Department, Person, Post
    from xiucheng.people.tests.city import START

    password = Person.objects.get(username="受理员_五华").password
    departments = {row.name: row for row in Department.objects.all()}
    made = {}
    for name, (role, department, county, head) in MORE.items():
        person = Person.objects.create(username=name, name=name, password=password)
        post = Post.objects.create(
            person=person,
            department=departments[department],
            role=role,
            scope_codes=[county],
            is_head=head,
            valid_from=START,
        )
        made[name] = post.pk
    print(json.dumps(made, ensure_ascii=False))


if __name__ == "__main__":
    main()
