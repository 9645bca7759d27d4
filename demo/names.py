"""Invented names and telephone numbers of people. Likeness to anybody is chance. Pure."""

from random import Random

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛范彭"
GIVEN = "安邦晨川丹恩芳广和欢嘉静凯兰明宁培琪蓉思涛婉翔雅泽志欣悦岚峰洁雯宇航睿彤辰瑶淼颖皓"


def person_name(rng: Random) -> str:
    """A surname and one or two characters."""
    given = rng.sample(GIVEN, rng.choice((1, 2, 2, 2)))
    return rng.choice(SURNAMES) + "".join(given)


def citizen(rng: Random) -> tuple[str, str]:
    """How somebody signs a report and a number nobody holds: (name, phone); ("", "") wants to stay unknown."""
    if rng.random() < 0.22:
        return "", ""
    name = rng.choice(SURNAMES) + rng.choice(("女士", "先生", "女士", "先生", "师傅", "阿姨", "同学"))
    if rng.random() < 0.25:
        name = person_name(rng)
    return name, f"1380000{rng.randrange(10_000):04d}"
