"""Encryption at rest: rotation, places of keys, nothing shown (A17, A27, B22)."""

import os
import stat
import sys
import threading

import pytest

from acorn_amazon_connector.services.crypto import (
    Keyring,
    KeyringError,
    generate_key,
    load_keys,
)


def test_a_new_key_reads_what_the_old_one_wrote():
    old, new = generate_key(), generate_key()
    secret = Keyring([old]).encrypt(b"Atzr|grant")
    both = Keyring([new, old])
    assert both.decrypt(secret) == b"Atzr|grant"
    rotated = both.rotate(secret)
    assert Keyring([new]).decrypt(rotated) == b"Atzr|grant"
    with pytest.raises(KeyringError):
        Keyring([old]).decrypt(rotated)


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_data_that_was_changed(damage):
    keyring = Keyring([generate_key()])
    for use in (keyring.decrypt, keyring.rotate):
        with pytest.raises(KeyringError):
            use(damage)


@pytest.mark.parametrize("keys", [[], ["short"], ["é" * 44], [generate_key(), ""]])
def test_bad_keys_are_refused_without_being_shown(keys):
    with pytest.raises(KeyringError) as caught:
        Keyring(keys)
    assert "short" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_repr_shows_no_key():
    key = generate_key()
    assert key not in repr(Keyring([key]))


def test_the_environment_comes_first(tmp_path):
    keys = [generate_key(), generate_key()]
    environ = {"ACORN_SECRET_KEYS": f" {keys[0]} , {keys[1]}"}
    own_file = tmp_path / "key"
    assert load_keys(environ, generate_key(), str(own_file)) == keys
    assert not own_file.exists()


def test_keys_from_a_file_and_from_a_command(tmp_path):
    keys = [generate_key(), generate_key()]
    path = tmp_path / "keys"
    path.write_text("\n".join(keys) + "\n")
    assert load_keys({}, f"file:{path}", "unused") == keys
    command = f"command:{sys.executable} -c \"print('{keys[0]}')\""
    assert load_keys({}, command, "unused") == keys[:1]


@pytest.mark.parametrize(
    "source",
    [
        "file:/nowhere/at/all",
        "command:/nowhere/at/all",
        "command:",
        'command:"',
        f"command:{sys.executable} -c \"raise SystemExit('s3cret')\"",
        f'command:{sys.executable} -c "pass"',
        " , ",
    ],
)
def test_a_place_without_keys(source):
    with pytest.raises(KeyringError) as caught:
        load_keys({}, source, "unused")
    assert "s3cret" not in str(caught.value)


def test_an_own_key_file_is_made_for_its_owner_alone(tmp_path):
    path = tmp_path / "deep" / "key"
    keys = load_keys({}, None, str(path))
    assert Keyring(keys).decrypt(Keyring(keys).encrypt(b"x")) == b"x"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert load_keys({}, "", str(path)) == keys
    assert [entry.name for entry in path.parent.iterdir()] == ["key"]


def test_a_key_file_others_can_read_is_refused(tmp_path):
    path = tmp_path / "key"
    path.write_text(generate_key())
    path.chmod(0o644)
    with pytest.raises(KeyringError):
        load_keys({}, None, str(path))


def test_a_key_file_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(KeyringError):
        load_keys({}, None, str(tmp_path / "file" / "key"))


def test_processes_that_start_at_once_share_one_key(tmp_path):
    path, found = str(tmp_path / "key"), []
    barrier = threading.Barrier(6)

    def start():
        barrier.wait()
        found.append(tuple(load_keys({}, None, path)))

    threads = [threading.Thread(target=start) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1
