"""Rules that hold for every ES9+ and ES11 exchange: address, headers, status, echoed identifiers."""

from __future__ import annotations

from checks.report import Report
from checks.session import executed
from checks.transcript import Http

FUNCTIONS = {
    "initiateAuthentication",
    "authenticateClient",
    "getBoundProfilePackage",
    "handleNotification",
    "cancelSession",
}
PREFIXES = ("/gsma/rsp2/es9plus/", "/gsma/rsp2/es11/")


def check_request(report: Report, http: Http) -> None:
    """Checks address and headers of a request."""
    where = f"line {http.line}: {http.function}"
    report.check("http", http.url.scheme == "https", f"{where}: not over https")
    known = http.url.path in {prefix + name for prefix in PREFIXES for name in FUNCTIONS}
    report.check("http", known, f"{where}: unknown path {http.url.path}")
    headers = http.request_headers
    agent = headers.get("user-agent", "")
    report.check("http", agent.startswith("gsma-rsp-"), f"{where}: User-Agent is {agent!r}")
    version = headers.get("x-admin-protocol", "")
    report.check("http", version.startswith("gsma/rsp/v"), f"{where}: X-Admin-Protocol is {version!r}")
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    report.check("http", kind == "application/json", f"{where}: Content-Type is {kind!r}")
    with report.guard("http", f"{where}: the request"):
        report.check("http", "header" not in http.request(), f"{where}: an ES9+ request has no header")


def check_response(report: Report, http: Http) -> None:
    """Checks that a response is of a form that the function may have."""
    where = f"line {http.line}: {http.function}"
    if http.function == "handleNotification":
        if 200 <= http.status < 300:
            report.check("http", not http.response_body.strip(), f"{where}: a body where none belongs")
        return
    if http.status != 200:
        report.passed["failure"] += 1
        return
    if executed(http):
        report.passed["http"] += 1
        return
    report.passed["failure"] += 1
    if failure_code(http) is None:
        report.notes.append(f"{where}: a failure without its codes")


def failure_code(http: Http) -> tuple[str, str] | None:
    """Subject and reason code of a refused function."""
    try:
        code = http.response()["header"]["functionExecutionStatus"]["statusCodeData"]
        return code["subjectCode"], code["reasonCode"]
    except (ValueError, KeyError, TypeError):
        return None


def same_host(http: Http, address: str) -> bool:
    """Whether an address is the host that the request went to (port 443 may be left out)."""
    host = http.url.netloc.lower()
    address = "".join(address.split()).lower()
    return address.removesuffix(":443") == host.removesuffix(":443")
