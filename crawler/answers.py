"""What Scrapy makes of an answer before it is read, mended: false encodings, packed bodies that are cut short, and
redirects that lead to themselves."""

from __future__ import annotations

from urllib.parse import urldefrag

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils._compression import _DecompressionMaxSizeExceeded

from crawler.unpacking import unpack
from pipelines.urls import is_web

LOOP = "max redirections reached"
"""What Scrapy says of redirects that do not end."""


class FalseEncoding(IgnoreRequest):
    """An answer whose body is not what its `Content-Encoding` says."""


class CutShort(IgnoreRequest):
    """An answer whose packed body ends too early; `beginning` is what came of it."""

    def __init__(self, beginning: bytes) -> None:
        super().__init__("the body ends before what is packed in it")
        self.beginning = beginning


class UnpackingMiddleware(HttpCompressionMiddleware):
    """Scrapy's, which takes the beginning of a body for the whole, lets whatever the unpacking library raises pass for
    an error of the network, and takes a request whose transfer has no limit of its own for one whose unpacked body has
    none."""

    def process_response(self, request: Request, response: Response, spider: object = None) -> Request | Response:
        if not 200 <= response.status < 300:  # only its status and headers are read
            return response
        try:
            return super().process_response(request, response)
        except CutShort as error:
            if "download_stopped" not in response.flags:  # by us, as the beginning was enough
                raise
            return response.replace(body=error.beginning)

    def _handle_encoding(self, body: bytes, content_encoding: list[bytes], max_size: int) -> tuple[bytes, list[bytes]]:
        try:
            return super()._handle_encoding(body, content_encoding, max_size or self._max_size)
        except _DecompressionMaxSizeExceeded:
            raise
        except EOFError as error:
            raise CutShort(*error.args) from error
        except Exception as error:  # each library has its own
            raise FalseEncoding(f"the body is not {b', '.join(content_encoding).decode('latin-1')}") from error

    _decode = staticmethod(unpack)


class RedirectsMiddleware(RedirectMiddleware):
    """Scrapy's, which fails with any error where a redirect leads to what is no address, and asks one that redirects to
    itself until all redirects are spent: no cookie is kept, so it would say the same again."""

    def process_response(self, request: Request, response: Response, spider: object = None) -> Request | Response:
        try:
            followed = super().process_response(request, response)
        except ValueError:
            return response
        return response if isinstance(followed, Request) and not is_web(followed.url) else followed

    def _redirect(self, redirected: Request, request: Request, reason: object) -> Request:
        if (redirected.method, urldefrag(redirected.url)[0]) == (request.method, urldefrag(request.url)[0]):
            raise IgnoreRequest(LOOP)
        return super()._redirect(redirected, request, reason)
