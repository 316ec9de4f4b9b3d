"""Which interface an HTTP exchange belongs to. Many LPAs ask SM-DSs under the path of ES9+, so the
path alone does not tell: a host that shows the certificate of an SM-DS is one."""

from __future__ import annotations

import base64
from typing import Iterable

from checks.certs import Certificate
from checks.transcript import Http

ES9, ES10, ES11, ES12 = "ES9+", "ES10", "ES11", "ES12"
ALL = (ES9, ES10, ES11, ES12)


class Interfaces:
    """The SM-DSs of a transcript."""

    def __init__(self, events: Iterable[object]) -> None:
        self._smds: set[str] = set()
        for event in events:
            if isinstance(event, Http) and event.function == "initiateAuthentication" and _is_smds(event):
                self._smds.add(event.url.netloc.lower())

    def of(self, http: Http) -> str:
        """The interface of an exchange."""
        if "/es12/" in http.url.path:
            return ES12
        if "/es11/" in http.url.path or http.url.netloc.lower() in self._smds:
            return ES11
        return ES9


def _is_smds(http: Http) -> bool:
    try:
        text = http.response()["serverCertificate"]
        return Certificate(base64.b64decode(text)).role() == "ds-auth"
    except (ValueError, KeyError, TypeError):
        return False
