"""States and provinces where tax is added, with the place orders go to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaxRegion:
    """A state or province.

    ``rate`` is per 100,000. ``remitted`` tells that Amazon collects and remits the
    tax as marketplace facilitator; otherwise the seller owes it. ``shipping_taxed``
    tells whether delivery charges bear tax. ``weight`` is its share of orders.
    """

    code: str
    city: str
    postal_code: str
    rate: int
    remitted: bool
    shipping_taxed: bool
    weight: int


# Four states without sales tax, and two left to the seller so that worlds contain
# tax that is really owed by the seller.
US_STATES = (
    TaxRegion("AL", "Huntsville", "35801", 9000, True, True, 2),
    TaxRegion("AK", "Juneau", "99801", 5000, True, True, 1),
    TaxRegion("AZ", "Flagstaff", "86001", 9181, False, False, 3),
    TaxRegion("AR", "Fayetteville", "72701", 9750, True, True, 1),
    TaxRegion("CA", "Sacramento", "95814", 8750, True, False, 12),
    TaxRegion("CO", "Boulder", "80302", 9045, True, False, 3),
    TaxRegion("CT", "Hartford", "06103", 6350, True, True, 2),
    TaxRegion("DE", "Dover", "19901", 0, False, False, 1),
    TaxRegion("DC", "Washington", "20001", 6000, True, True, 1),
    TaxRegion("FL", "Tallahassee", "32301", 7500, True, True, 7),
    TaxRegion("GA", "Athens", "30601", 8000, True, True, 4),
    TaxRegion("HI", "Hilo", "96720", 4500, True, True, 1),
    TaxRegion("ID", "Boise", "83702", 6000, True, False, 1),
    TaxRegion("IL", "Springfield", "62701", 9750, True, False, 4),
    TaxRegion("IN", "Bloomington", "47401", 7000, True, True, 2),
    TaxRegion("IA", "Des Moines", "50309", 7000, True, False, 1),
    TaxRegion("KS", "Lawrence", "66044", 9350, True, True, 1),
    TaxRegion("KY", "Lexington", "40507", 6000, True, True, 2),
    TaxRegion("LA", "Baton Rouge", "70801", 9950, True, False, 2),
    TaxRegion("ME", "Portland", "04101", 5500, True, False, 1),
    TaxRegion("MD", "Annapolis", "21401", 6000, True, False, 2),
    TaxRegion("MA", "Worcester", "01608", 6250, True, False, 3),
    TaxRegion("MI", "Ann Arbor", "48104", 6000, True, True, 4),
    TaxRegion("MN", "Duluth", "55802", 8875, True, True, 2),
    TaxRegion("MS", "Oxford", "38655", 7000, True, True, 1),
    TaxRegion("MO", "Columbia", "65201", 7975, False, False, 2),
    TaxRegion("MT", "Missoula", "59801", 0, False, False, 1),
    TaxRegion("NE", "Lincoln", "68508", 7250, True, True, 1),
    TaxRegion("NV", "Reno", "89501", 8265, True, False, 1),
    TaxRegion("NH", "Concord", "03301", 0, False, False, 1),
    TaxRegion("NJ", "Trenton", "08608", 6625, True, True, 3),
    TaxRegion("NM", "Santa Fe", "87501", 8188, True, True, 1),
    TaxRegion("NY", "Ithaca", "14850", 8000, True, True, 7),
    TaxRegion("NC", "Asheville", "28801", 7000, True, True, 4),
    TaxRegion("ND", "Fargo", "58102", 7500, True, True, 1),
    TaxRegion("OH", "Dayton", "45402", 7500, True, True, 4),
    TaxRegion("OK", "Tulsa", "74103", 8517, True, False, 1),
    TaxRegion("OR", "Eugene", "97401", 0, False, False, 2),
    TaxRegion("PA", "Lancaster", "17602", 6000, True, True, 4),
    TaxRegion("RI", "Providence", "02903", 7000, True, True, 1),
    TaxRegion("SC", "Greenville", "29601", 6000, True, True, 2),
    TaxRegion("SD", "Rapid City", "57701", 6200, True, True, 1),
    TaxRegion("TN", "Chattanooga", "37402", 9250, True, True, 2),
    TaxRegion("TX", "Austin", "78701", 8250, True, True, 9),
    TaxRegion("UT", "Ogden", "84401", 7250, True, False, 1),
    TaxRegion("VT", "Burlington", "05401", 7000, True, True, 1),
    TaxRegion("VA", "Charlottesville", "22902", 5300, True, False, 3),
    TaxRegion("WA", "Spokane", "99201", 9000, True, True, 3),
    TaxRegion("WV", "Morgantown", "26505", 7000, True, True, 1),
    TaxRegion("WI", "Madison", "53703", 5500, True, True, 2),
    TaxRegion("WY", "Laramie", "82070", 6000, True, False, 1),
)

# Provincial sales tax is Amazon's affair in the west, harmonised tax the seller's.
CA_PROVINCES = (
    TaxRegion("AB", "Calgary", "T2P 1J9", 5000, False, True, 3),
    TaxRegion("BC", "Victoria", "V8W 1P6", 12000, True, True, 4),
    TaxRegion("MB", "Winnipeg", "R3C 0V8", 12000, True, True, 1),
    TaxRegion("NB", "Fredericton", "E3B 1B5", 15000, False, True, 1),
    TaxRegion("NL", "St. John's", "A1C 5M3", 15000, False, True, 1),
    TaxRegion("NS", "Halifax", "B3J 1S9", 14000, False, True, 1),
    TaxRegion("ON", "Kingston", "K7L 1A1", 13000, False, True, 8),
    TaxRegion("QC", "Sherbrooke", "J1H 1Z3", 14975, False, True, 5),
    TaxRegion("SK", "Saskatoon", "S7K 1J5", 11000, True, True, 1),
)
