"""The city's settings for the ground, declared with source and confidence."""

from django.utils.translation import gettext_noop

from xiucheng.kernel.settings import declare

BORDER = declare(
    "territory.border_m",
    100,
    gettext_noop("距行政区边界多近算“邻近”：上报人会被询问，两边都能看到"),
    unit="米",
    source="design.md §6: a pin near a border goes to the wrong body",
    confidence="P",
    minimum=0,
    maximum=5000,
)
