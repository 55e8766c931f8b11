"""People and companies that buy, by country; and names that break software."""

from __future__ import annotations

# (given names, family names). Japan puts the family name first, without a space.
PEOPLE = {
    "US": (
        (
            "James Mary Robert Linda Michael Emily Daniel Aisha Kevin Grace Luis "
            "Hannah Tyrone Megan Wei Priya Samuel Olivia Andre Chloe"
        ),
        (
            "Carter Nguyen Johnson Ramirez Whitfield Okafor Miller Patel Bennett "
            "Kowalski Torres Chen O'Brien Hughes Delgado Foster Schneider "
            "Lindqvist Brooks Yamada"
        ),
    ),
    "CA": (
        (
            "Liam Amélie Noah Charlotte Ethan Geneviève Mathieu Harpreet Ava "
            "Xavier Sophie Owen Camille Jasmine"
        ),
        (
            "Tremblay Singh MacDonald Gagnon Campbell Bouchard Wong Côté Fraser "
            "Pelletier Stewart Roy"
        ),
    ),
    "MX": (
        (
            "José María Juan Guadalupe Luis Fernanda Miguel Ximena Carlos Sofía "
            "Jorge Valeria"
        ),
        (
            "Hernández García Martínez López González Pérez Rodríguez Sánchez "
            "Ramírez Núñez Ibáñez Cruz"
        ),
    ),
    "DE": (
        (
            "Jürgen Sabine Thomas Anke Stefan Katrin Lukas Jana Björn Heike "
            "Mehmet Annika Felix Ulrike Nils Svenja Käthe Florian"
        ),
        (
            "Müller Schäfer Weiß Köhler Groß Yılmaz Böhm Krüger Lange Vogt Jäger "
            "Schröder Brandt Günther Lindner Strauß Huber Zöllner"
        ),
    ),
    "AT": (
        "Markus Elisabeth Andreas Theresa Josef Magdalena Matthias Julia",
        "Gruber Steiner Hofer Leitner Wallner Pichler Eder Mayrhofer",
    ),
    "BE": (
        "Pieter Marie Lotte Jean Emma Thijs Élise Wout",
        "Peeters Janssens Dubois Maes Lambert Willems Dupont Claes",
    ),
    "FR": (
        (
            "Élodie Jean-Baptiste Chloé François Noémie Théo Inès Benoît Margaux "
            "Rémi Anaïs Gaëtan Léa Yasmine Hugo Aurélie"
        ),
        (
            "Lefèvre Dubois Moreau Bérenger Garnier Rousseau Fontaine Besançon "
            "Lemaître Caron Béguin Diallo Faure Renaud Château Marchand"
        ),
    ),
    "IT": (
        (
            "Giuseppe Chiara Matteo Francesca Niccolò Giulia Lorenzo Elena "
            "Salvatore Alice Davide Beatrice"
        ),
        (
            "Rossi Bianchi D'Angelo Ferrari Esposito Conti De_Luca Ricci Gallo "
            "Marchetti Lombardi Sartòr"
        ),
    ),
    "ES": (
        (
            "Íñigo Begoña Álvaro Lucía Pablo Núria Javier Montserrat Sergio "
            "Ainhoa Raúl Concepción"
        ),
        (
            "Fernández Muñoz Ibáñez Castaño García_Ortega Peña Vázquez Domínguez "
            "Navarro Ordóñez Rubio Llorens"
        ),
    ),
    "GB": (
        (
            "Oliver Amelia George Isla Harry Freya Siobhán Rhys Zara Callum "
            "Imogen Alasdair Fatima Eleanor"
        ),
        (
            "Smith Clarke Hughes Wainwright MacGregor Patel O'Connor Llewellyn "
            "Ashworth Khan Pemberton Shaw Baxter Featherstone"
        ),
    ),
    "JP": (
        "太郎 花子 健一 美咲 翔太 陽菜 大輔 さくら 直樹 結衣 拓也 恵子 蓮 葵",
        "佐藤 鈴木 高橋 田中 渡辺 伊藤 山本 中村 小林 加藤 𠮷田 斎藤 髙木 長谷川",
    ),
}

COMPANIES = {
    "US": (
        "Bluestem Lodge LLC",
        "Cedar & Sons Catering Inc.",
        "Highline Outfitters Corp.",
    ),
    "CA": ("Auberge du Lac Inc.", "Northfork Guiding Ltd."),
    "MX": ("Rutas del Ajusco S.A. de C.V.", "Cocina Ibáñez S. de R.L."),
    "DE": (
        "Hüttenwirt Schäfer GmbH & Co. KG",
        "Kochschule Weiß e.K.",
        "Alpinzentrum Süd AG",
    ),
    "AT": ("Almgasthof Gruber OG", "Bergführerbüro Hofer GmbH"),
    "BE": ("Traiteur Lambert SRL", "Kampeerhuis Maes BV"),
    "FR": ("Le Bivouac des Écrins SARL", "Traiteur Fontaine & Fils SAS"),
    "IT": ("Rifugio Monte Rosa S.r.l.", "Osteria dell'Olmo S.n.c."),
    "ES": ("Refugio Peña Blanca S.L.", "Restauración Muñoz e Hijos S.L."),
    "GB": ("Fell & Tarn Ltd", "The Larder at Ashworth's LLP"),
    "JP": ("株式会社山小屋企画", "合同会社キッチン佐藤"),
}

EMOJI_NAMES = (
    "Zoë 🌲 Brandt",
    "👨‍👩‍👧‍👦 Familie Yılmaz",
    "Chloé ☕️ (5e étage) 🇫🇷",
    "𝓐𝓷𝓷𝓪 ✨ 𝓢𝓶𝓲𝓽𝓱",
)

RTL_NAMES = (
    "ليلى الحدّاد",
    "יעל כהן־לוי",
    "\u202bمحمد رضا\u202c Schäfer",
    "\u200fشیرین فرهادی",
)

HOSTILE_NAMES = (
    "<b>Robert</b>'); DROP TABLE orders;--",
    "%s {0} ${name} Null",
    "Anne  Marie\u00a0de\u200bla\u00a0Cruz",
    "İSTANBULLU ŞÜKRÜ ĞÜVENÇ",
    "Nguyễn Thị Ánh Ngọc",
)

GIFT_MESSAGES = {
    "en": "Happy birthday, Dad!\nNow no excuse for cold coffee. Love, Em & Jo",
    "de": "Alles Gute zum Einzug!\nViele Grüße von der ganzen Straße",
    "fr": "Joyeux anniversaire ma chérie ❤️\nÀ très vite au bord du lac",
    "it": "Tanti auguri!\nPer le prossime gite in montagna",
    "es": "¡Feliz cumpleaños!\nPara la próxima acampada",
    "ja": "お誕生日おめでとう！\n次のキャンプで使ってね",
}

CANCEL_REASONS = (
    "Changed mind about purchase",
    "Bought by mistake",
    "Shipping cost too high",
    "Item would not arrive on time",
    "Found a better price",
)
