"""The demo city's addresses go through the import like anybody's, the same for the same seed."""

import csv
import io
from dataclasses import replace
from datetime import date

from demo import addresses
from demo.ground import build, load
from demo.ground.spec import KUNMING
from xiucheng.territory import actions
from xiucheng.territory.addresses.models import AddressPoint
from xiucheng.territory.queries import find_place

SMALL = replace(KUNMING, counties=("530114",), towns=KUNMING.towns[1:], waters=())


def test_the_demo_addresses(db):
    ground = build(7, SMALL)
    data = addresses.table(ground, 7)
    assert data == addresses.table(ground, 7)
    load(ground, valid_from=date(2025, 1, 1))
    done = actions.import_addresses_now(data=data, crs="CGCS2000", source="", synthetic=True)
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert done.count == done.new == len(rows) > 5000
    assert not AddressPoint.objects.filter(origin="imported", synthetic=False).exists()
    for kind in ("门牌", "灯杆", "小区", "楼栋", "店铺", "标志物", "单位"):
        row = next(row for row in rows if row["类别"] == kind)
        words = row["名称"] + row["门牌号"] if kind == "灯杆" else row["名称"] or row["街巷"] + row["门牌号"]
        words = row["小区"] + row["门牌号"] if kind == "楼栋" else words
        first = find_place(words, near=(float(row["经度"]), float(row["纬度"])))[0]
        assert (first.lon, first.lat) == (float(row["经度"]), float(row["纬度"])), (words, first)
    crossing = AddressPoint.objects.filter(kind="crossing").order_by("id").first()
    assert crossing is not None
    assert find_place(crossing.name)[0].kind == "crossing"
