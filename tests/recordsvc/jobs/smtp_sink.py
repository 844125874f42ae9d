"""A mail server that takes letters and keeps them: the commands of RFC 5321 alone."""

import base64
import datetime as dt
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(slots=True)
class Sink:
    """What has come in, and what the server is to answer."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    # Answers to RCPT, one a letter; when they are used up it says yes.
    refusals: list[bytes] = field(default_factory=list)


class _Talk(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        sink, is_encrypted = self.server.sink, self.server.is_tls
        self.say(b"220 sink")
        while line := self.rfile.readline():
            verb, _, rest = line.strip().partition(b" ")
            match verb.upper():
                case b"EHLO" | b"HELO":
                    self.say(b"250-sink", b"250-STARTTLS", b"250 AUTH PLAIN")
                case b"STARTTLS":
                    self.say(b"220 go on")
                    self.encrypt()
                    is_encrypted = True
                case b"AUTH":
                    said = base64.b64decode(rest.split()[-1]).decode()
                    sink.secrets.append(said.replace("\0", ":", 1).replace("\0", ":"))
                    self.say(b"235 welcome")
                case b"RCPT":
                    answer = sink.refusals.pop(0) if sink.refusals else b"250 ok"
                    if answer.startswith(b"250"):
                        sink.recipients.append(rest.decode())
                    self.say(answer)
                case b"DATA":
                    self.say(b"354 go on")
                    sink.letters.append(self.letter())
                    sink.encrypted.append(is_encrypted)
                    self.say(b"250 taken")
                case b"QUIT":
                    self.say(b"221 bye")
                    return
                case _:
                    self.say(b"250 ok")

    def letter(self) -> EmailMessage:
        content = b""
        while (line := self.rfile.readline()) != b".\r\n":
            content += line.removeprefix(b".") if line.startswith(b"..") else line
        return message_from_bytes(content, policy=policy.default)

    def say(self, *lines: bytes) -> None:
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))

    def encrypt(self) -> None:
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb", buffering=0)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, sink: Sink, context: ssl.SSLContext | None, *, is_tls: bool
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.sink, self.context, self.is_tls = sink, context, is_tls
        if is_tls:
            self.socket = context.wrap_socket(self.socket, server_side=True)


@contextmanager
def mail_server(
    context: ssl.SSLContext | None = None, *, is_tls: bool = False
) -> Iterator[Sink]:
    """Serve on a port of this machine while the block lasts."""
    sink = Sink()
    with _Server(sink, context, is_tls=is_tls) as server:
        sink.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()


def certificate_in(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a server's context for ``localhost``, and the file that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted = folder / "trusted.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = folder / "secret.pem"
    secret.write_bytes(
        trusted.read_bytes()
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(secret)
    return context, trusted
