"""Places that orders go to, by country. US and Canada: see ``regions``."""

from __future__ import annotations

# (city, state or region, district or county, postal code)
CITIES = {
    "MX": (
        ("Ciudad de México", "Ciudad de México", "Coyoacán", "04000"),
        ("Guadalajara", "Jalisco", "Americana", "44160"),
        ("Monterrey", "Nuevo León", "Obispado", "64060"),
        ("Mérida", "Yucatán", "Centro", "97000"),
    ),
    "DE": (
        ("Berlin", "", "", "10437"),
        ("München", "Bayern", "", "80799"),
        ("Köln", "Nordrhein-Westfalen", "", "50674"),
        ("Freiburg im Breisgau", "", "", "79098"),
        ("Görlitz", "Sachsen", "", "02826"),
        ("Lübeck", "", "", "23552"),
        ("Göttingen", "Niedersachsen", "", "37073"),
        ("Würzburg", "", "", "97070"),
    ),
    "AT": (
        ("Innsbruck", "Tirol", "", "6020"),
        ("Wien", "", "", "1070"),
        ("Graz", "Steiermark", "", "8010"),
    ),
    "BE": (
        ("Gent", "", "", "9000"),
        ("Liège", "", "", "4000"),
        ("Bruxelles", "", "", "1050"),
    ),
    "FR": (
        ("Grenoble", "", "", "38000"),
        ("Paris", "Île-de-France", "", "75011"),
        ("Saint-Étienne", "", "", "42000"),
        ("Besançon", "", "", "25000"),
        ("Nîmes", "Gard", "", "30000"),
        ("Aix-en-Provence", "", "", "13100"),
    ),
    "IT": (
        ("Torino", "TO", "", "10121"),
        ("Bolzano/Bozen", "BZ", "", "39100"),
        ("L'Aquila", "AQ", "", "67100"),
        ("Roma", "RM", "", "00184"),
        ("Forlì", "FC", "", "47121"),
    ),
    "ES": (
        ("Madrid", "Madrid", "", "28012"),
        ("A Coruña", "A Coruña", "", "15001"),
        ("Logroño", "La Rioja", "", "26001"),
        ("Vitoria-Gasteiz", "Álava", "", "01004"),
        ("Palma", "Illes Balears", "", "07001"),
    ),
    "GB": (
        ("Edinburgh", "", "", "EH8 9YL"),
        ("Bristol", "Avon", "", "BS1 4ST"),
        ("Llandudno", "Conwy", "", "LL30 2SY"),
        ("Keswick", "Cumbria", "", "CA12 5JR"),
        ("Belfast", "", "", "BT1 5GS"),
        ("London", "Greater London", "", "SE15 4QN"),
    ),
    # Japanese addresses come without a city: prefecture, then ward and block.
    "JP": (
        ("", "東京都", "", "150-0002"),
        ("", "大阪府", "", "530-0001"),
        ("", "北海道", "", "060-0042"),
        ("", "京都府", "", "604-8181"),
        ("", "福岡県", "", "810-0041"),
        ("", "長野県", "", "380-0823"),
    ),
}

# Written with the house number of the buyer in place of {n}.
STREETS = {
    "US": ("{n} Maple Avenue", "{n} N 4th Street", "{n} Old Mill Road", "PO Box {n}"),
    "CA": ("{n} Wellington Street W", "{n} rue Saint-Denis", "{n} Lakeshore Drive"),
    "MX": ("Calle 5 de Mayo {n}, Col. Centro", "Av. Insurgentes Sur {n}"),
    "DE": ("Goethestraße {n}", "Am Mühlbach {n} a", "Schloßweg {n}", "Zum Ölberg {n}"),
    "AT": ("Maria-Theresien-Straße {n}/3/12", "Dorfplatz {n}"),
    "BE": ("Rue de l'Église {n} bte 4", "Kerkstraat {n}"),
    "FR": (
        "{n} bis rue de la République",
        "{n}, allée des Chênes",
        "{n} quai d'Orléans",
    ),
    "IT": ("Via Giuseppe Garibaldi, {n}/B", "Corso Libertà {n}", "Piazza Dante {n}"),
    "ES": ("Calle Mayor, {n}, 3º B", "Avda. de la Constitución, {n}", "C/ Peña, {n}"),
    "GB": (
        "{n} High Street",
        "Flat 2A, {n} Oak Avenue",
        "The Old Forge, {n} Mill Lane",
    ),
    "JP": ("渋谷区渋谷2-{n}-1", "中央区本町{n}丁目3-8", "若葉町{n}番地5"),
}

UNITS = {
    "US": ("Apt 4B", "Suite 210", "Unit 7"),
    "CA": ("Apt 1203", "Bureau 300"),
    "MX": ("Int. 402",),
    "DE": ("Hinterhaus, 3. OG", "c/o Krüger"),
    "AT": ("Stiege 2",),
    "BE": ("2ème étage",),
    "FR": ("Bâtiment C, 5e étage, code 23A7", "Résidence Les Tilleuls"),
    "IT": ("Scala B, interno 12",),
    "ES": ("Portal 4, escalera izquierda",),
    "GB": ("Basement flat", "Shepherd's Yard"),
    "JP": ("コーポ若葉203号室", "グランドメゾン渋谷1204"),
}

# (name of the point, line that the carrier needs)
PICKUP_POINTS = {
    "US": ("Amazon Locker - Juniper", "Inside Green Basket Market"),
    "CA": ("Post Office - Purolator counter", "Hold for pickup"),
    "MX": ("Amazon Counter - Papelería Lupita", "Mostrador"),
    "DE": ("Packstation 145", "Postnummer 83921047"),
    "FR": ("Point Relais - Tabac de la Gare", "Relais n° 041277"),
    "IT": ("Amazon Locker - Girasole", "Presso stazione di servizio"),
    "ES": ("Punto de recogida - Papelería Sol", "Ref. 55120"),
    "GB": ("Post Office - Mill Lane Stores", "Local Collect"),
    "JP": ("ファミリーマート渋谷二丁目店", "店舗受取"),
}

LONG_LINES = {
    "DE": (
        (
            "Gebäude Nordflügel, Treppenhaus C, viertes Obergeschoss links, "
            "Wohnung 417, Klingel bitte zweimal lang drücken, der Türöffner "
            "reagiert verzögert"
        ),
        (
            "Zugang nur über den Lieferhof an der Rückseite, Tor steht werktags "
            "von 7 bis 16 Uhr offen, sonst beim Pförtner melden (Anlage Süd, "
            "Gegensprechanlage 12)"
        ),
        (
            "Abteilung Erlebnispädagogik und Materialwirtschaft, Warenannahme 2, "
            "interne Stelle 44-B-1190, Kostenstelle 0087-112-ÄÖÜß"
        ),
    ),
    "JP": (
        (
            "渋谷区渋谷二丁目二十一番一号渋谷アウトドアトレーニングセンター別館北"
            "棟地下一階搬入口横第三受付カウンター気付(平日九時から十七時まで、土"
            "日祝日は守衛室へ)"
        ),
        (
            "グランドメゾン渋谷ヒルズサウステラスレジデンス1204号室(オートロック"
            "、不在時は一階管理人室または宅配ボックス十二番をご利用ください)"
        ),
        "株式会社フェーンホロウ友の会野外教育事業部教材購買課御中",
    ),
    "US": (
        (
            "Department of Outdoor Education and Recreational Equipment "
            "Purchasing, North Campus, Building 14-C, Receiving Desk 2, loading "
            "dock entrance at the rear"
        ),
        (
            "Internal mail stop 44-B-1190, cost centre 0087-112; call the porter "
            "on arrival because the gate is only open on weekdays between 7 am "
            "and 4 pm"
        ),
        "Attn: whoever signs for deliveries on the fourth floor, second door left",
    ),
}
LONG_SUFFIX = "c/o Outdoor Education, Equipment Purchasing and Deliveries"

PHONES = {
    "US": "+1 555-01{n:02d}-{m:04d} ext. {x:05d}",
    "CA": "+1 555-01{n:02d}-{m:04d}",
    "MX": "+52 55 5555 {m:04d}",
    "DE": "+49 30 23125 {x:03d}",
    "AT": "+43 512 555 {x:03d}",
    "BE": "+32 2 555 {n:02d} {x:02d}",
    "FR": "+33 1 99 00 {n:02d} {x:02d}",
    "IT": "+39 06 555 {m:04d}",
    "ES": "+34 91 555 {m:04d}",
    "GB": "+44 20 7946 0{x:03d}",
    "JP": "03-5555-{m:04d}",
}

CARRIERS = {
    "na": (("UPS", "UPS Ground", "1Z999AA1"), ("USPS", "Ground Advantage", "9400")),
    "eu": (("DHL", "DHL Paket", "00340434"), ("DPD", "DPD Classic", "0150")),
    "fe": (("YAMATO", "宅急便", "4680"), ("SAGAWA", "飛脚宅配便", "5012")),
}
