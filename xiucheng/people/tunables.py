"""Settings of accounts: life of sessions, age of passwords, second factors, delegation."""

from xiucheng.kernel.marking import gettext_noop
from xiucheng.kernel.settings import declare
from xiucheng.people.rules import ADMINISTRATORS, Role

LEVEL_3 = gettext_noop("网络安全等级保护第三级：身份鉴别（GB/T 22239-2019）")

declare(
    "session.hours",
    12,
    gettext_noop("登录一次最长有效"),
    gettext_noop("小时"),
    LEVEL_3,
    "M",
    minimum=1,
    maximum=168,
)
declare(
    "password.history",
    5,
    gettext_noop("新密码不能与最近几次用过的相同"),
    gettext_noop("次"),
    LEVEL_3,
    "M",
    minimum=0,
    maximum=24,
)
declare(
    "password.max_days",
    90,
    gettext_noop("密码最长用多少天（0 为不限）"),
    gettext_noop("天"),
    LEVEL_3,
    "M",
    minimum=0,
    maximum=730,
)
declare(
    "delegation.max_days",
    90,
    gettext_noop("一次代理最长多少天"),
    gettext_noop("天"),
    gettext_noop("没有国家规定，这是建议值，各地自定"),
    "P",
    minimum=1,
    maximum=366,
)

TOTP_LABELS = {
    Role.INTAKE: gettext_noop("动态口令：受理员"),
    Role.SHIFT_LEADER: gettext_noop("动态口令：值班长"),
    Role.DISPATCHER: gettext_noop("动态口令：派遣员"),
    Role.DEPARTMENT: gettext_noop("动态口令：专业部门"),
    Role.INSPECTOR: gettext_noop("动态口令：监督员"),
    Role.GRID_WORKER: gettext_noop("动态口令：网格员"),
    Role.EVALUATOR: gettext_noop("动态口令：考评员"),
    Role.LEADER: gettext_noop("动态口令：领导"),
    Role.SYSTEM_ADMIN: gettext_noop("动态口令：系统管理员"),
    Role.SECURITY_ADMIN: gettext_noop("动态口令：安全管理员"),
    Role.AUDITOR: gettext_noop("动态口令：审计员"),
}
for _role, _label in TOTP_LABELS.items():
    # free: as one likes; urged: reminded after each sign-in; required: nothing opens before it is set up.
    declare(
        f"totp.{_role.value}",
        "urged" if _role in ADMINISTRATORS else "free",
        _label,
        "",
        LEVEL_3,
        "M",
        choices=("free", "urged", "required"),
    )
