"""Legal entities behind the accounts: names in business registers, and addresses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entity:
    """A company as its business register knows it.

    ``region`` and ``countries`` say where its home account sells.
    """

    name: str
    name_local: str
    store_name: str
    region: str
    countries: tuple[str, ...]
    address: dict[str, str]


EXPANDING = (
    Entity(
        "Shenzhen Yunlan Outdoor Technology Co., Ltd.",
        "深圳市云岚户外科技有限公司",
        "Yunlan Outdoor",
        "na",
        ("US",),
        {
            "line1": "Room 1208, Building 3, Xinghe Science Park",
            "line2": "12 Gaoxin South Road",
            "city": "Shenzhen",
            "state": "Guangdong",
            "postalCode": "518057",
            "countryCode": "CN",
        },
    ),
    Entity(
        "Hangzhou Qinghe Homeware Co., Ltd.",
        "杭州清禾家居用品有限公司",
        "Qinghe Home",
        "eu",
        ("DE",),
        {
            "line1": "8F, Tower B, Lakeside Plaza",
            "line2": "66 Wensan Road",
            "city": "Hangzhou",
            "state": "Zhejiang",
            "postalCode": "310012",
            "countryCode": "CN",
        },
    ),
    Entity(
        "Ningbo Haisheng Kitchenware Company Limited",
        "宁波海盛厨具有限公司",
        "Haisheng Kitchen",
        "fe",
        ("JP",),
        {
            "line1": "No. 218 Binhai Industrial Avenue",
            "city": "Ningbo",
            "state": "Zhejiang",
            "postalCode": "315800",
            "countryCode": "CN",
        },
    ),
)
