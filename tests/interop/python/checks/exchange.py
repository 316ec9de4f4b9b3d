"""Rules that hold for every ES9+, ES11 and ES12 exchange: address, headers, status."""

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
ES11_FUNCTIONS = {"initiateAuthentication", "authenticateClient"}
ES12_FUNCTIONS = {"registerEvent", "deleteEvent"}
PATHS = {
    prefix + name
    for prefix, names in (("/gsma/rsp2/es9plus/", FUNCTIONS), ("/gsma/rsp2/es11/", ES11_FUNCTIONS),
                          ("/gsma/rsp2/es12/", ES12_FUNCTIONS))
    for name in names
}


def check_request(report: Report, http: Http) -> None:
    """Checks address and headers of a request."""
    where = f"line {http.line}: {http.function}"
    report.check("http", http.url.scheme == "https", f"{where}: not over https")
    report.check("http", http.url.path in PATHS, f"{where}: unknown path {http.url.path}")
    headers = http.request_headers
    by_server = http.function in ES12_FUNCTIONS
    agent = headers.get("user-agent", "")
    report.check("http", by_server or agent.startswith("gsma-rsp-"), f"{where}: User-Agent is {agent!r}")
    version = headers.get("x-admin-protocol", "")
    report.check("http", version.startswith("gsma/rsp/v"), f"{where}: X-Admin-Protocol is {version!r}")
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    report.check("http", kind == "application/json", f"{where}: Content-Type is {kind!r}")
    with report.guard("http", f"{where}: the request"):
        report.check("http", by_server == ("header" in http.request()),
                     f"{where}: requests between servers have a header, those of LPAs have none")


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


def host_of(http: Http) -> str:
    """The host that a request went to."""
    return http.url.netloc.lower().removesuffix(":443")


def same_host(http: Http, address: str) -> bool:
    """Whether an address is the host that the request went to (port 443 may be left out)."""
    address = "".join(address.split()).lower()
    return address.removesuffix(":443") == host_of(http)
