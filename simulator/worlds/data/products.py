"""The goods of the brand: outdoor and kitchen, with titles as Amazon shows them."""

from __future__ import annotations

from dataclasses import dataclass

BRAND = "Fernhollow"

# Colour words by variant code and language.
COLOURS = {
    "PIN": {
        "en": "Pine Green",
        "de": "Tannengrün",
        "fr": "vert sapin",
        "it": "verde pino",
        "es": "verde pino",
        "ja": "パイングリーン",
    },
    "SND": {
        "en": "Sand",
        "de": "Sand",
        "fr": "sable",
        "it": "sabbia",
        "es": "arena",
        "ja": "サンド",
    },
    "BLK": {
        "en": "Black",
        "de": "Schwarz",
        "fr": "noir",
        "it": "nero",
        "es": "negro",
        "ja": "ブラック",
    },
    "CRM": {
        "en": "Cream",
        "de": "Creme",
        "fr": "crème",
        "it": "crema",
        "es": "crema",
        "ja": "クリーム",
    },
    "": {"en": "", "de": "", "fr": "", "it": "", "es": "", "ja": ""},
}


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the brand.

    ``grams`` is the shipping weight, ``cents`` the price in US cents, ``channels``
    says who fulfils it (M merchant, A Amazon, MA both under one SKU), ``lot`` that
    the seller tracks it by lot. Titles are by language.
    """

    code: str
    product_type: str
    grams: int
    cents: int
    channels: str
    variants: tuple[str, ...]
    en: str
    de: str
    fr: str
    it: str
    es: str
    ja: str
    lot: bool = False

    def title(self, language: str, variant: str) -> str:
        """Return the listing title in a language, brand and colour included."""
        colour = COLOURS[variant][language]
        text = f"{BRAND} {getattr(self, language)}"
        return f"{text}, {colour}" if colour else text


# fmt: off
PRODUCTS = (
    Product(
        "KTL", "KITCHEN_TOOLS", 420, 3499, "M", ("PIN", "SND"),
        "Camp Kettle 1.2 L, Anodised Aluminium, Folding Handle",
        "Campingkessel 1,2 L, eloxiertes Aluminium, Klappgriff",
        "Bouilloire de camping 1,2 L, aluminium anodisé, anse pliante",
        "Bollitore da campeggio 1,2 L, alluminio anodizzato",
        "Hervidor de camping 1,2 L, aluminio anodizado, asa plegable",
        "キャンプケトル 1.2L アルマイト加工 折りたたみハンドル",
    ),
    Product(
        "SKL", "SKILLET", 2350, 4490, "MA", ("",),
        "Cast Iron Skillet 26 cm (10.25 in), Pre-Seasoned",
        "Gusseisenpfanne 26 cm, voreingebrannt",
        "Poêle en fonte 26 cm, pré-culottée",
        "Padella in ghisa 26 cm, pre-stagionata",
        "Sartén de hierro fundido 26 cm, precurada",
        "鋳鉄スキレット 26cm シーズニング済み",
    ),
    Product(
        "MUG", "DRINKING_CUP", 180, 1299, "MA", ("PIN", "CRM", "BLK"),
        "Enamel Mug 350 ml, Stainless Steel Rim",
        "Emaille-Becher 350 ml mit Edelstahlrand",
        "Tasse émaillée 350 ml, bord en inox",
        "Tazza smaltata 350 ml, bordo in acciaio inox",
        "Taza esmaltada 350 ml, borde de acero inoxidable",
        "ホーローマグ 350ml ステンレス縁",
    ),
    Product(
        "FLK", "BOTTLE", 390, 2799, "MA", ("PIN", "BLK"),
        "Insulated Flask 750 ml, 24 h Cold, 12 h Hot",
        "Isolierflasche 750 ml, 24 Std. kalt, 12 Std. heiß",
        "Gourde isotherme 750 ml, 24 h froid, 12 h chaud",
        "Borraccia termica 750 ml, 24 h freddo, 12 h caldo",
        "Botella térmica 750 ml, 24 h frío, 12 h calor",
        "真空断熱ボトル 750ml 保冷24時間 保温12時間",
    ),
    Product(
        "KNF", "KITCHEN_KNIFE", 310, 5995, "M", ("",),
        "Chef's Knife 20 cm, German Steel, Walnut Handle",
        "Kochmesser 20 cm, deutscher Stahl, Walnussgriff",
        "Couteau de chef 20 cm, acier allemand, manche en noyer",
        "Coltello da chef 20 cm, acciaio tedesco, manico in noce",
        "Cuchillo de chef 20 cm, acero alemán, mango de nogal",
        "牛刀 20cm ドイツ鋼 ウォールナットハンドル",
    ),
    Product(
        "BRD", "CUTTING_BOARD", 1450, 3249, "M", ("",),
        "Bamboo Cutting Board 45 x 30 cm with Juice Groove",
        "Bambus-Schneidebrett 45 x 30 cm mit Saftrille",
        "Planche à découper en bambou 45 x 30 cm avec rigole",
        "Tagliere in bambù 45 x 30 cm con scanalatura",
        "Tabla de cortar de bambú 45 x 30 cm con ranura",
        "竹製まな板 45×30cm 溝付き",
    ),
    Product(
        "LNT", "LANTERN", 540, 3999, "MA", ("SND", "BLK"),
        "Rechargeable LED Lantern 400 lm, USB-C",
        "LED-Campinglampe 400 lm, aufladbar über USB-C",
        "Lanterne LED rechargeable 400 lm, USB-C",
        "Lanterna LED ricaricabile 400 lm, USB-C",
        "Farol LED recargable 400 lm, USB-C",
        "充電式LEDランタン 400ルーメン USB-C",
    ),
    Product(
        "HMK", "HAMMOCK", 650, 4999, "M", ("PIN", "SND"),
        "Travel Hammock for Two, Ripstop Nylon, Tree Straps",
        "Reisehängematte für zwei, Ripstop-Nylon, mit Baumgurten",
        "Hamac de voyage deux places, nylon ripstop, sangles incluses",
        "Amaca da viaggio per due, nylon ripstop, con cinghie",
        "Hamaca de viaje para dos, nailon ripstop, con cintas",
        "2人用トラベルハンモック リップストップナイロン ベルト付き",
    ),
    Product(
        "TRP", "TARP", 890, 5750, "M", ("PIN", "SND"),
        "Rain Tarp 3 x 3 m, 3000 mm, 8 Pegs",
        "Regentarp 3 x 3 m, 3000 mm, 8 Heringe",
        "Bâche anti-pluie 3 x 3 m, 3000 mm, 8 sardines",
        "Telo antipioggia 3 x 3 m, 3000 mm, 8 picchetti",
        "Toldo impermeable 3 x 3 m, 3000 mm, 8 piquetas",
        "レインタープ 3×3m 耐水圧3000mm ペグ8本",
    ),
    Product(
        "STV", "CAMPING_STOVE", 210, 4299, "M", ("",),
        "Folding Gas Stove 2600 W with Piezo Igniter",
        "Faltbarer Gaskocher 2600 W mit Piezozünder",
        "Réchaud à gaz pliable 2600 W, allumage piézo",
        "Fornello a gas pieghevole 2600 W, accensione piezo",
        "Hornillo de gas plegable 2600 W con piezoeléctrico",
        "折りたたみガスバーナー 2600W 圧電点火",
    ),
    Product(
        "DUT", "DUTCH_OVENS", 4800, 8900, "MA", ("",),
        "Dutch Oven 4.5 L, Cast Iron, Lid Doubles as Griddle",
        "Feuertopf 4,5 L, Gusseisen, Deckel als Grillplatte",
        "Faitout en fonte 4,5 L, couvercle utilisable en plancha",
        "Pentola in ghisa 4,5 L, coperchio utilizzabile come piastra",
        "Olla de hierro fundido 4,5 L, tapa que sirve de plancha",
        "ダッチオーブン 4.5L 鋳鉄 蓋はグリドル兼用",
    ),
    Product(
        "GRD", "SPICE_MILL", 330, 2650, "MA", ("CRM", "BLK"),
        "Pepper Mill, Beech Wood, Ceramic Grinder",
        "Pfeffermühle aus Buchenholz mit Keramikmahlwerk",
        "Moulin à poivre en hêtre, mécanisme céramique",
        "Macinapepe in faggio, macina in ceramica",
        "Molinillo de pimienta de haya, mecanismo cerámico",
        "ペッパーミル ブナ材 セラミック刃",
    ),
    Product(
        "FRP", "COFFEE_MAKER", 720, 3899, "MA", ("SND", "BLK"),
        "French Press 1 L, Double Wall Stainless Steel",
        "French Press 1 L, doppelwandiger Edelstahl",
        "Cafetière à piston 1 L, inox double paroi",
        "Caffettiera a stantuffo 1 L, acciaio a doppia parete",
        "Cafetera de émbolo 1 L, acero de doble pared",
        "フレンチプレス 1L 二重構造ステンレス",
    ),
    Product(
        "DRP", "COFFEE_MAKER", 460, 2199, "M", ("CRM",),
        "Pour-Over Coffee Dripper, Stoneware, Size 02",
        "Kaffee-Handfilter aus Steinzeug, Größe 02",
        "Cône à café filtre en grès, taille 02",
        "Dripper per caffè in gres, misura 02",
        "Cono para café de filtro de gres, tamaño 02",
        "コーヒードリッパー 陶器製 02サイズ",
    ),
    Product(
        "APR", "APRON", 380, 2990, "M", ("SND", "BLK"),
        "Canvas Work Apron with Four Pockets",
        "Schürze aus Segeltuch mit vier Taschen",
        "Tablier en toile avec quatre poches",
        "Grembiule in tela con quattro tasche",
        "Delantal de lona con cuatro bolsillos",
        "帆布エプロン ポケット4つ",
    ),
    Product(
        "TWL", "TOWEL", 260, 1899, "A", ("CRM", "PIN"),
        "Linen Tea Towels, Set of 4",
        "Geschirrtücher aus Leinen, 4er-Set",
        "Torchons en lin, lot de 4",
        "Strofinacci in lino, set da 4",
        "Paños de cocina de lino, juego de 4",
        "リネンティータオル 4枚セット",
    ),
    Product(
        "WFB", "BOTTLE", 240, 3650, "A", ("PIN", "BLK"),
        "Filter Water Bottle 650 ml, Replaceable Cartridge",
        "Trinkflasche mit Wasserfilter 650 ml, wechselbare Kartusche",
        "Gourde filtrante 650 ml, cartouche remplaçable",
        "Borraccia con filtro 650 ml, cartuccia sostituibile",
        "Botella con filtro 650 ml, cartucho recambiable",
        "浄水ボトル 650ml 交換カートリッジ式",
    ),
    Product(
        "HDL", "HEADLAMP", 95, 2499, "A", ("BLK",),
        "Headlamp 350 lm, Red Light, IPX6",
        "Stirnlampe 350 lm, Rotlicht, IPX6",
        "Lampe frontale 350 lm, lumière rouge, IPX6",
        "Lampada frontale 350 lm, luce rossa, IPX6",
        "Linterna frontal 350 lm, luz roja, IPX6",
        "ヘッドライト 350ルーメン 赤色灯 IPX6",
    ),
    Product(
        "DRY", "DRY_BAG", 310, 2295, "M", ("PIN", "SND", "BLK"),
        "Dry Bag 20 L, Roll Top, Shoulder Strap",
        "Packsack 20 L, wasserdicht, Rollverschluss",
        "Sac étanche 20 L, fermeture à enroulement",
        "Sacca stagna 20 L, chiusura arrotolabile",
        "Bolsa estanca 20 L, cierre enrollable",
        "ドライバッグ 20L ロールトップ 肩ベルト付き",
    ),
    Product(
        "CHR", "FOLDING_CHAIR", 980, 6999, "M", ("SND", "PIN"),
        "Ultralight Folding Chair 980 g, up to 120 kg",
        "Ultraleichter Faltstuhl 980 g, bis 120 kg",
        "Chaise pliante ultralégère 980 g, jusqu'à 120 kg",
        "Sedia pieghevole ultraleggera 980 g, fino a 120 kg",
        "Silla plegable ultraligera 980 g, hasta 120 kg",
        "超軽量フォールディングチェア 980g 耐荷重120kg",
    ),
    Product(
        "SPC", "HERB_AND_SPICE", 540, 2990, "A", ("",),
        "Camp Kitchen Spice Set, 6 Organic Blends",
        "Gewürzset für die Campingküche, 6 Bio-Mischungen",
        "Coffret d'épices de camp, 6 mélanges bio",
        "Set di spezie da campo, 6 miscele bio",
        "Juego de especias de campamento, 6 mezclas ecológicas",
        "キャンプ用スパイスセット 有機ブレンド6種",
        lot=True,
    ),
    Product(
        "BAR", "SNACK_FOOD_BAR", 660, 2149, "A", ("",),
        "Oat and Hazelnut Trail Bars, 12 x 50 g",
        "Hafer-Haselnuss-Riegel, 12 x 50 g",
        "Barres avoine et noisette, 12 x 50 g",
        "Barrette avena e nocciola, 12 x 50 g",
        "Barritas de avena y avellana, 12 x 50 g",
        "オーツ＆ヘーゼルナッツバー 50g×12本",
        lot=True,
    ),
    Product(
        "OIL", "WOOD_TREATMENT", 290, 1450, "MA", ("",),
        "Cutting Board Oil, Food Grade, 250 ml",
        "Schneidebrettöl, lebensmittelecht, 250 ml",
        "Huile pour planche à découper, alimentaire, 250 ml",
        "Olio per taglieri, uso alimentare, 250 ml",
        "Aceite para tablas de cortar, apto alimentario, 250 ml",
        "まな板用オイル 食品対応 250ml",
        lot=True,
    ),
    Product(
        "BLN", "BLANKET", 1150, 7450, "MA", ("SND", "PIN"),
        "Wool Camp Blanket 150 x 200 cm",
        "Camping-Wolldecke 150 x 200 cm",
        "Couverture de camp en laine 150 x 200 cm",
        "Coperta da campo in lana 150 x 200 cm",
        "Manta de campamento de lana 150 x 200 cm",
        "ウールキャンプブランケット 150×200cm",
    ),
    Product(
        "JAR", "FOOD_STORAGE_CONTAINER", 1620, 2749, "M", ("",),
        "Glass Storage Jars with Bamboo Lids, Set of 3",
        "Vorratsgläser mit Bambusdeckel, 3er-Set",
        "Bocaux en verre à couvercle bambou, lot de 3",
        "Barattoli in vetro con coperchio in bambù, set da 3",
        "Tarros de vidrio con tapa de bambú, juego de 3",
        "ガラス保存瓶 竹蓋 3個セット",
    ),
)
# fmt: on

# Listings that exist on Amazon only: an automatic SKU of Seller Central, a returned
# unit graded by Amazon, an old offer nobody deleted. (sku, product code, channel)
STRAY_LISTINGS = (
    ("7Q-K2XM-R4TD", "LNT", "MERCHANT"),
    ("amzn.gr.FH-SKL-kW93hcTz-VG", "SKL", "AMAZON"),
    ("FH-MUG-2023-OLD", "MUG", "MERCHANT"),
)
