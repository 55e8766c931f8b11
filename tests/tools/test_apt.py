"""Which mirror the machine's own apt uses, in both formats of its configuration."""

import pytest

from tools import apt

BOOKWORM = """\
Types: deb
# frozen
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


def test_deb822_sources():
    found = list(apt.parse_sources(BOOKWORM))
    assert [source.suite for source in found] == [
        "bookworm",
        "bookworm-updates",
        "bookworm-security",
    ]
    assert apt.debian_mirror(found, "bookworm") == found[0]
    assert found[0].line("sid") == (
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
        " http://mirror.example/debian sid main\n"
    )


def test_one_line_sources():
    text = """\
# deb http://old.example/debian trixie main
deb-src http://mirror.example/debian trixie main
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://m.example/debian trixie main
deb http://packages.example/apt cloud main # tools
deb http://m.example/debian trixie-updates main contrib
"""
    found = list(apt.parse_list(text))
    assert [source.suite for source in found] == ["trixie", "cloud", "trixie-updates"]
    mirror = apt.debian_mirror(found, "trixie")
    assert mirror.uri == "http://m.example/debian"
    assert mirror.line("sid").startswith("deb [signed-by=/usr/share/keyrings/x.gpg] ")


ENTRY = "URIs: http://a/debian\nSuites: sid\nComponents: main\n"


@pytest.mark.parametrize(
    "stanza", [f"Types: deb\nEnabled: no\n{ENTRY}", f"Types: deb-src\n{ENTRY}", ""]
)
def test_entries_that_do_not_count(stanza):
    assert list(apt.parse_sources(stanza)) == []


def test_a_key_inside_the_entry_is_left_to_apt():
    stanza = (
        "Types: deb\nURIs: http://a/debian\nSuites: stable\nComponents: main\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n xyz\n"
    )
    (source,) = apt.parse_sources(stanza)
    assert source.line("sid") == "deb http://a/debian sid main\n"


def test_no_debian_mirror_on_another_system():
    found = list(
        apt.parse_sources(
            "Types: deb\nURIs: http://a/ubuntu\nSuites: noble noble-updates\n"
            "Components: main universe\n"
        )
    )
    assert apt.debian_mirror(found, "") is None


def test_whole_configuration_folder(tmp_path):
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text("deb http://a/debian bookworm main\n")
    (parts / "more.list").write_text("deb http://b/other stable extra\n")
    (parts / "debian.sources").write_text(BOOKWORM)
    (parts / "gone.sources.disabled").write_text(BOOKWORM)
    uris = [source.uri for source in apt.sources(tmp_path)]
    assert uris[:2] == ["http://a/debian", "http://b/other"]
    assert len(uris) == 5


def test_os_release(tmp_path):
    path = tmp_path / "os-release"
    path.write_text('ID=debian\nVERSION_CODENAME=trixie\nNAME="Debian GNU/Linux"\n')
    assert apt.os_release(path) == {
        "ID": "debian",
        "VERSION_CODENAME": "trixie",
        "NAME": "Debian GNU/Linux",
    }
    assert apt.os_release(tmp_path / "none") == {}
