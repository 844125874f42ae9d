"""A repository that speaks OAI-PMH 2.0 over a real socket, with faults on demand."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

OAI = "http://www.openarchives.org/OAI/2.0/"


@dataclass
class Entry:
    identifier: str
    title: str
    datestamp: str = "2024-01-01T00:00:00Z"
    deleted: bool = False
    extra: str = ""

    def xml(self) -> str:
        status = ' status="deleted"' if self.deleted else ""
        header = (
            f"<header{status}>"
            f"<identifier>{escape(self.identifier)}</identifier>"
            f"<datestamp>{self.datestamp}</datestamp><setSpec>acts</setSpec></header>"
        )
        if self.deleted:
            return f"<record>{header}</record>"
        return (
            f"<record>{header}<metadata>"
            '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>{escape(self.title)}</dc:title><dc:date>2020-05-06</dc:date>"
            f"<dc:language>fre</dc:language><dc:creator>Ana Lo</dc:creator>{self.extra}"
            "</oai_dc:dc></metadata></record>"
        )


@dataclass
class Repository:
    """What is served, and what goes wrong: faults are taken one a request."""

    entries: list[Entry] = field(default_factory=list)
    page: int = 2
    now: str = "2024-06-01T12:00:00Z"
    faults: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    expired: set[str] = field(default_factory=set)
    rights: str = ""

    def answer(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(query)
        fault = self.faults.pop(0) if self.faults else ""
        match fault:
            case "busy":
                return 503, {"Retry-After": "1"}, b""
            case "patience":
                return 503, {"Retry-After": "86400"}, b""
            case "bad":
                return 200, {}, b"<OAI-PMH><unclosed>"
            case "doctype":
                bomb = (
                    b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
                )
                return 200, {}, bomb
            case "away":
                return 302, {"Location": "http://elsewhere.invalid/oai"}, b""
            case "huge":
                return 200, {}, b"<a>" + b"x" * (34 << 20)
            case "gone":
                return 404, {}, b""
        return 200, {}, self.page_of(query).encode()

    def page_of(self, query: dict[str, str]) -> str:
        if query["verb"] == "Identify":
            return self.wrapped(
                "<Identify><repositoryName>Assembly of Elsewhere</repositoryName>"
                "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
                f"<description>{self.rights}</description></Identify>"
            )
        token = query.get("resumptionToken", "")
        since, start = query.get("from", ""), 0
        if token:
            if token in self.expired:
                self.expired.discard(token)
                return self.wrapped('<error code="badResumptionToken">old</error>')
            since, _, number = token.partition("|")
            start = int(number)
        found = [e for e in self.entries if e.datestamp >= since]
        if not found:
            return self.wrapped('<error code="noRecordsMatch">none</error>')
        records = "".join(e.xml() for e in found[start : start + self.page])
        more = start + self.page < len(found)
        mark = f"{since}|{start + self.page}" if more else ""
        return self.wrapped(
            f"<ListRecords>{records}<resumptionToken>{mark}</resumptionToken>"
            "</ListRecords>"
        )

    def wrapped(self, inner: str) -> str:
        return (
            f'<?xml version="1.0"?><OAI-PMH xmlns="{OAI}">'
            f"<responseDate>{self.now}</responseDate>{inner}</OAI-PMH>"
        )


class OaiServer:
    def __init__(self, repository: Repository) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = {
                    k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()
                }
                status, headers, body = repository.answer(query)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/oai"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
