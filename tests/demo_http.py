"""The smallest HTTP client, which hides nothing of what a site answers."""

from __future__ import annotations

import http.client
import re
from urllib.parse import urlsplit


class Reply:
    """One answer, redirects not followed, nothing decoded."""

    def __init__(self, url: str, method: str = "GET", **headers: str) -> None:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        connection.close()

    @property
    def text(self) -> str:
        said = re.search(r"charset=([\w-]+)", self.headers.get("Content-Type", ""))
        meta = re.search(rb'charset="([\w-]+)"', self.body[:1000])
        charset = said.group(1) if said else meta.group(1).decode() if meta else "utf-8"
        return self.body.decode(charset)
