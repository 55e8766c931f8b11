"""Images come from Amazon's servers and from nowhere else."""

import pytest
import requests

from acorn_amazon_connector.services.errors import RequestError
from acorn_amazon_connector.services.images import download_image, is_trusted


@pytest.mark.parametrize(
    "url",
    [
        "https://m.media-amazon.com/images/I/1.jpg",
        "https://images-na.ssl-images-amazon.com/images/I/1.jpg",
    ],
)
def test_amazons_servers(url):  # A4
    assert is_trusted(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://m.media-amazon.com/1.jpg",
        "https://m.media-amazon.com.example.org/1.jpg",
        "https://evilmedia-amazon.com/1.jpg",
        "https://m.media-amazon.com:8443/1.jpg",
        "https://m.media-amazon.com@example.org/1.jpg",
        "http://127.0.0.1:8069/web/image",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://[::1",
        "https://m.media-amazon.com:port/1.jpg",
        "",
    ],
)
def test_other_servers(url):  # A4
    assert not is_trusted(url)
    with pytest.raises(RequestError):
        download_image(requests.Session(), url)


def test_a_simulator_is_trusted_where_it_is_named():  # A4
    base = "http://127.0.0.1:8920"
    assert is_trusted(f"{base}/images/1.png", [base])
    assert not is_trusted("http://127.0.0.1:8921/images/1.png", [base])
