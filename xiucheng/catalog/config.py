"""Which tables of the catalogue are configuration."""

from xiucheng.kernel.configuration import Table, register
from xiucheng.kernel.marking import gettext_noop

RIGHT = "manage_catalog"

register(Table("categories", "catalog.Category", gettext_noop("类别"), ("standard", "kind", "code"), RIGHT))
register(
    Table(
        "standards",
        "catalog.Standard",
        gettext_noop("立案处置结案标准"),
        ("code_system", "kind", "code", "area_grade", "seq", "valid_from"),
        RIGHT,
    )
)
register(
    Table(
        "duties",
        "catalog.Duty",
        gettext_noop("权责清单"),
        ("category", "division_code", "valid_from", "draft"),
        RIGHT,
    )
)
register(
    Table(
        "fallbacks",
        "catalog.FallbackDuty",
        gettext_noop("兜底单位"),
        ("division_code", "valid_from"),
        RIGHT,
    )
)
register(Table("terms", "catalog.Term", gettext_noop("术语"), ("zh",), RIGHT))
register(
    Table(
        "extra_fields",
        "catalog.ExtraField",
        gettext_noop("附加项"),
        ("category", "key"),
        "manage_settings",
    )
)
