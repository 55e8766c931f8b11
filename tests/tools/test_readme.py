"""The guides say what is true: commands, links, images, labels, names, figures."""

import ast
import html
import json
import re
import shlex
import urllib.parse
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import docutils.core
import docutils.utils
import polib
import pytest

from simulator import ThreadedSimulator
from simulator.__main__ import build_parser
from tools import benching, cli, testing
from tools.http import Client

ROOT = Path(__file__).resolve().parents[2]
ADDON = ROOT / "acorn_amazon_connector"
RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.json"))
ADDONS = [ADDON, ROOT / "acorn_amazon_onboarding"]

READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = [*READMES, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Guides in which bold words are labels on the connector's screens.
GUIDES = ["setup", "operations", "shipping", "stock", "listings", "marketplaces"]
TRANSLATED = [(f"docs/{name}.md", f"docs/zh-CN/{name}.md") for name in GUIDES]
SHELL = {"sh", "console", "bash"}

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
BOLD = re.compile(r"\*\*([^*]+)\*\*")
CODE = re.compile(r"`([^`\n]+)`")
ROW = re.compile(r"^\| `([a-z_0-9]+)` \|(.*)\|$", re.MULTILINE)


def name_of(page):
    return str(page.relative_to(ROOT))


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def prose(text):
    """Return a page without its code blocks."""
    return FENCE.sub("", text)


def commands(text):
    """Return every shell command of a page: code blocks, and code in sentences."""
    found = []
    for language, block in FENCE.findall(text):
        if language in SHELL:
            found += [line for line in block.splitlines() if line.strip()]
    found += [code for code in CODE.findall(prose(text)) if code.startswith("./acorn")]
    return [line for line in found if not line.lstrip().startswith("#")]


def acorn_commands(text):
    """Return the arguments of every ``./acorn`` on a page."""
    found = []
    for line in commands(text):
        words = shlex.split(line, comments=True)
        if "./acorn" in words:
            found.append(words[words.index("./acorn") + 1 :])
    return found


def headings(text):
    """Return level and text of every heading."""
    return [(len(level), title) for level, title in HEADING.findall(prose(text))]


def anchors(text):
    """Return the anchors that a page's headings get."""
    return {
        re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", title).lower()).replace(" ", "-")
        for _level, title in headings(text)
    }


def links(text):
    """Return the targets of a page's links and images."""
    return [target for _image, target in LINK.findall(prose(text))]


def rows(text):
    """Return a page's table rows whose first cell is a key: key → other cells."""
    return {
        key: [cell.strip() for cell in cells.split("|")]
        for key, cells in ROW.findall(text)
    }


@pytest.fixture(params=PAGES, ids=name_of)
def page(request):
    return request.param


# === COMMANDS === #


def accept(arguments):
    """Let the command line read arguments; fail as it would."""
    parser = cli._parser()
    parsed, rest = parser.parse_known_args(arguments)
    if parsed.command == "bench":
        assert parsed.name in benching.names(), parsed.name
    elif parsed.command == "test":
        for word in rest:
            assert word.startswith("-") or testing.is_path(word), word
    elif parsed.command not in cli.PASSES_ARGUMENTS_ON:
        assert not rest, f"unknown: {rest}"


def test_the_command_line_accepts_every_command(page):
    for arguments in acorn_commands(read(page)):
        try:
            accept(arguments)
        except SystemExit:
            pytest.fail(f"./acorn {shlex.join(arguments)}")


def test_both_readmes_show_every_command():
    shown = {arguments[0] for arguments in acorn_commands(read(READMES[0]))}
    choices = cli._parser()._subparsers._group_actions[0].choices
    assert shown == set(choices)


def test_commands_of_the_simulators_guide():
    text = read(ROOT / "simulator" / "README.md")
    lines = [line for line in text.splitlines() if "python -m simulator" in line]
    assert lines
    for line in lines:
        build_parser().parse_args(shlex.split(line)[3:])


@pytest.mark.parametrize("world_page", ["docs/simulator.md", "README.md"])
def test_every_world_is_named(world_page):
    from simulator.worlds import PROFILES

    text = read(world_page)
    assert all(f"`{name}`" in text for name in PROFILES)


def test_every_fault_is_explained():
    from simulator.state.faults import KINDS

    text = read("docs/simulator.md").partition("## Faults")[2]
    explained = {
        code
        for line in text.splitlines()
        if line.startswith("| `")
        for code in CODE.findall(line.split("|")[1])
    }
    assert explained == set(KINDS)


# === LINKS === #


def test_links_and_images_lead_somewhere(page):
    missing = []
    for target in links(read(page)):
        address, _hash, anchor = urllib.parse.unquote(target).partition("#")
        if re.match(r"[a-z]+:", address):
            continue
        path = (page.parent / address).resolve() if address else page
        exists = path.exists() and ROOT in path.parents
        if not exists or (anchor and anchor not in anchors(read(path))):
            missing.append(target)
    assert not missing


def test_every_page_is_linked_from_the_readme():
    reached, todo = set(), [READMES[0], READMES[1]]
    while todo:
        here = todo.pop()
        reached.add(here)
        for target in links(read(here)):
            path = (here.parent / target.partition("#")[0]).resolve()
            if path in PAGES and path not in reached:
                todo.append(path)
    index = ROOT / "docs" / "zh-CN" / "README.md"
    assert set(PAGES) - reached <= {index}


def test_every_screenshot_is_used():
    used = {
        (here.parent / target).resolve()
        for here in PAGES
        for target in links(read(here))
    }
    stored = set((ROOT / "docs" / "images").glob("*.png"))
    assert stored <= used


# === TWO LANGUAGES === #


def twins():
    return [("README.md", "README.zh-CN.md"), *TRANSLATED]


@pytest.mark.parametrize(("english", "chinese"), twins())
def test_both_languages_have_the_same_sections_and_commands(english, chinese):
    one, other = read(english), read(chinese)
    assert [level for level, _ in headings(one)] == [
        level for level, _ in headings(other)
    ]
    assert acorn_commands(one) == acorn_commands(other)
    assert [block for _, block in FENCE.findall(one) if "#" not in block] == [
        block for _, block in FENCE.findall(other) if "#" not in block
    ]


@pytest.mark.parametrize(("english", "chinese"), twins())
def test_both_languages_show_the_same_pictures_and_keys(english, chinese):
    one, other = read(english), read(chinese)

    def pictures(text):
        return [Path(target).name for target in links(text) if target.endswith(".png")]

    assert pictures(one) == pictures(other)
    assert list(rows(one)) == list(rows(other))


@pytest.mark.parametrize(("english", "chinese"), twins())
def test_both_languages_have_as_many_rows_and_points(english, chinese):
    def shapes(text):
        return [
            Counter(re.findall(r"^\s*(\||-|\d\.)(?= )", section, re.MULTILINE))
            for section in re.split(r"^#+ .+$", prose(text), flags=re.MULTILINE)
        ]

    assert shapes(read(english)) == shapes(read(chinese))


@pytest.mark.parametrize(("english", "chinese"), twins())
def test_chinese_pages_are_chinese(english, chinese):
    for line in prose(read(chinese)).splitlines():
        if len(CODE.sub("", line)) > 60 and not line.startswith("!"):
            assert re.search(r"[\u4e00-\u9fff]", line), line


# === FIGURES === #


@pytest.mark.parametrize("readme", READMES, ids=name_of)
def test_the_tables_show_the_committed_measurements(readme):
    figures = {}
    for result in RESULTS:
        figures |= json.loads(result.read_text())
    shown = {key: cells[-1] for key, cells in rows(read(readme)).items()}
    wanted = {key: f"{figures[key]:,}" for key in shown}
    assert shown == wanted, "copy these figures into the table"
    assert {
        "ratio_to_floor",
        "speedup_over_per_order",
        "memory_growth_mb",
        "move_overhead_percent",
        "extra_queries_per_transaction",
        "publish_ratio_to_optimum",
    } <= set(shown)


def test_the_committed_measurements_meet_the_goals():
    figures = {}
    for result in RESULTS:
        figures |= json.loads(result.read_text())
    assert figures["ratio_to_floor"] <= 1.0
    assert figures["speedup_over_per_order"] >= 2.3
    assert figures["queries_per_order"] <= 45
    assert figures["api_calls_per_order"] <= 0.02
    assert figures["memory_growth_mb"] <= 40


# X6
def test_the_demonstration_has_as_many_orders_as_told():
    with ThreadedSimulator() as server:
        orders = Client(server.url).get("/_sim/orders")["orders"]
    counts = Counter(order["expected"] for order in orders)
    imported, waiting = counts["order"], counts["blocked"]
    all_there = imported + waiting
    english, chinese = map(one_space, map(read, READMES))
    assert f"{all_there} orders at Amazon, {imported} in Odoo" in english
    assert f"{waiting} that wait because their SKU is unknown" in english
    assert f"亚马逊 {all_there} 单，Odoo {imported} 单" in chinese
    assert f"{waiting} 单因 SKU 未知而等待" in chinese


# === WORDS OF THE SOURCE === #


def sources(*suffixes):
    for addon in ADDONS:
        for path in sorted(addon.rglob("*")):
            if path.suffix in suffixes and "i18n" not in path.parts:
                yield path.read_text(encoding="utf-8")


def field_names(text):
    return re.findall(r"^    (\w+) = fields\.", text, re.MULTILINE)


def one_space(text):
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="session")
def screen_words():
    """Everything that can be read on the addon's screens, and more."""
    texts = [html.unescape(re.sub(r"&#160;", " ", text)) for text in sources(".xml")]
    for text in sources(".py"):
        texts += [
            node.value
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    # A field without a label of its own is labelled by its name.
    names = re.findall(
        r"^    (\w+) = fields\.", "\n".join(sources(".py")), re.MULTILINE
    )
    texts += [re.sub(r"_ids?$", "", name).replace("_", " ").title() for name in names]
    return one_space("\n".join(texts))


def labels(text):
    """Return the bold words of a guide, menu paths in parts."""
    found = []
    for bold in BOLD.findall(prose(text)):
        parts = re.split(r" > | / ", bold)
        found += [re.sub(r"^\d\. ", "", part) for part in parts]
    return found


# Bold for weight, not for a label.
STRESSED = {
    "private",
    "primary user",
    "three parts",
    "before",
    "as production",
    "the same key",
    "Let errors of Amazon pass.",
    "Bold",
    "bold",
}


@pytest.mark.parametrize("guide", GUIDES)
def test_labels_of_the_guides_are_on_the_screens(guide, screen_words):
    found = labels(read(f"docs/{guide}.md"))
    unknown = [
        label
        for label in found
        if label not in STRESSED
        and not label.endswith(".")
        and label not in screen_words
    ]
    assert found
    assert not unknown


def chinese_words():
    """Return the translations of every text on the screens, by the text."""
    words = {}
    for addon in ADDONS:
        for entry in polib.pofile(
            str(addon / "i18n" / "zh_CN.po")
        ).translated_entries():
            words.setdefault(one_space(entry.msgid).lower(), set()).add(entry.msgstr)
    return words


@pytest.mark.parametrize(("english", "chinese"), TRANSLATED)
def test_labels_of_the_chinese_guides_are_those_of_the_screens(english, chinese):
    """Bold words come in the same order in both languages, and from zh_CN.po."""
    pairs = list(zip(labels(read(english)), labels(read(chinese)), strict=True))
    words = chinese_words()
    wrong = {
        label: (used, words[label.lower()])
        for label, used in pairs
        if used not in words.get(label.lower(), {used})
    }
    assert not wrong, "guide: (its word, the screen's words)"


def constant(path, name):
    """Return a module's constant, read without importing the module."""
    for node in ast.parse((ADDON / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{path} has no {name}")


@pytest.mark.parametrize("guide", ["docs/operations.md", "docs/zh-CN/operations.md"])
def test_every_incident_is_explained(guide):
    codes = [
        code for code, _label in constant("models/acorn_amazon_incident.py", "CODES")
    ]
    incident = ADDONS[1] / "models" / "acorn_amazon_incident.py"
    added = re.search(r'selection_add=\[\("(\w+)"', incident.read_text("utf-8"))
    codes.append(added[1])
    explained = rows(read(guide))
    assert [code for code in codes if code not in explained] == []


@pytest.mark.parametrize("guide", ["docs/operations.md", "docs/zh-CN/operations.md"])
def test_every_outcome_of_a_document_is_explained(guide):
    outcomes = constant("models/acorn_amazon_exchange_outcome.py", "OUTCOMES")
    text = read(guide)
    assert [code for code, _label in outcomes if f"`{code}`" not in text] == []


def test_every_tax_rule_is_explained():
    tree = ast.parse(
        (ADDON / "models/acorn_amazon_exchange_explain.py").read_text("utf-8")
    )
    method = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "_get_rule_sentences"
    )
    rules = {
        key.value
        for node in ast.walk(method)
        if isinstance(node, ast.Dict)
        for key in node.keys
    }
    text = read("docs/architecture.md")
    table = text.partition("### Which tax a line gets")[2].partition("## ")[0]
    assert set(rows(table)) == rules


def test_names_of_the_guides_exist(page):
    """Models, parameters, fields and methods in backticks are in the source."""
    source = "\n".join(sources(".py", ".xml", ".sql", ".csv"))
    own_example = read("docs/adding-a-flow.md")
    unknown = []
    for code in CODE.findall(prose(read(page))):
        word = code.partition("(")[0].rstrip("…")
        known = word in source or (page.stem == "adding-a-flow" and word in own_example)
        is_ours = re.match(r"(_?acorn[._](amazon|onboarding)|_[a-z])", word)
        if is_ours and not known:
            unknown.append(code)
        is_file = re.match(r"(services|mappers|jobs|models|data)/", word)
        if is_file and not any((addon / word).exists() for addon in ADDONS):
            unknown.append(code)
    ours = {addon.name for addon in ADDONS} | {"acorn_amazon.key"}
    assert [code for code in unknown if code.partition("/")[0] not in ours] == []


def test_odoo_methods_of_the_architecture_page_are_overridden():
    table = read("docs/architecture.md").partition("## Fast, without")[2]
    table = table.partition("## ")[0]
    named = re.findall(r"`((?:sale|stock)\.[a-z.]+)\.(\w+)`", table)
    assert named
    text = "\n".join(sources(".py"))
    for model, method in named:
        assert f'_inherit = "{model}"' in text
        assert re.search(rf"def {method}\(", text), method


@pytest.mark.parametrize(
    ("guide", "yes"),
    [("docs/marketplaces.md", "yes"), ("docs/zh-CN/marketplaces.md", "是")],
)
def test_every_check_is_explained(guide, yes):
    """And it says rightly whether the check blocks."""
    rules = ADDONS[1] / "data" / "acorn_onboarding_rule_data.xml"
    records = ElementTree.parse(rules).iter("record")
    values = [{field.get("name"): field.text for field in each} for each in records]
    explained = {code: cells[-1] == yes for code, cells in rows(read(guide)).items()}
    assert explained == {each["code"]: each["severity"] == "error" for each in values}


def test_scheduled_actions_of_the_runbook_exist():
    text = "\n".join(sources(".xml"))
    named = re.findall(
        r"^\| \*(Amazon: [^*]+)\*", read("docs/operations.md"), re.MULTILINE
    )
    assert len(named) == text.count('model="ir.cron"')
    for name in named:
        assert f">{name}<" in text
    chinese = re.findall(
        r"^\| \*(亚马逊：[^*]+)\*", read("docs/zh-CN/operations.md"), re.MULTILINE
    )
    words = chinese_words()
    for name, used in zip(named, chinese, strict=True):
        assert used in words[name.lower()]


# === PAGES OF THE ADDON === #


@pytest.mark.parametrize("addon", ADDONS, ids=name_of)
def test_the_addons_readme_is_valid(addon):
    docutils.core.publish_doctree(
        (addon / "README.rst").read_text(encoding="utf-8"),
        settings_overrides={"halt_level": 2, "report_level": 2},
    )


def test_the_addons_readme_is_that_of_its_parts():
    def words(path):
        return " ".join(re.findall(r"[^\W\d_]+", path.read_text(encoding="utf-8")))

    whole = words(ADDON / "README.rst")
    for part in (ADDON / "readme").glob("*.md"):
        assert words(part) in whole, part.name


def test_the_addons_description_is_plain_html():
    text = (ADDON / "static" / "description" / "index.html").read_text("utf-8")
    assert not re.search(r"<(script|iframe|link|img)\b|https?://", text)
    for tag in ("section", "h2", "ul", "li", "p", "div"):
        assert len(re.findall(rf"<{tag}\b", text)) == text.count(f"</{tag}>"), tag


@pytest.mark.parametrize("addon", ADDONS, ids=name_of)
def test_the_changelog_names_the_version_of_the_manifest(addon):
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text("utf-8"))
    first = headings(read("CHANGELOG.md"))[1][1]
    assert first.startswith(manifest["version"])


# === THE EXAMPLE === #


def example(language):
    """Return the first code block of a language in the guide about flows."""
    blocks = FENCE.findall(read("docs/adding-a-flow.md"))
    return next(block for name, block in blocks if name == language)


def test_the_example_compiles_and_is_named_by_its_record():
    tree = ast.parse(example("python"))
    job = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    values = {
        node.targets[0].id: node.value.value
        for node in job.body
        if isinstance(node, ast.Assign)
    }
    assert values["_inherit"] == "acorn.amazon.job"
    record = example("xml")
    assert f'name="job_model">{values["_name"]}</field>' in record
    fields = set(re.findall(r'<field name="(\w+)"', record))
    flow = (ADDON / "models/acorn_amazon_flow.py").read_text("utf-8")
    assert fields <= set(field_names(flow))
