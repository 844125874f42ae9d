"""A real IMAP server of this test's own: Dovecot with a configuration of a moment."""

import contextlib
import getpass
import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

PROGRAM = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
PASSWORD = "a-secret\\word"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Dovecot:
    """The server; whoever logs in has a mailbox, at first an empty one."""

    user = "papers"

    def __init__(self) -> None:
        # Short: the path of a socket has 107 bytes at most.
        self.folder = Path(tempfile.mkdtemp(prefix="dv", dir="/tmp"))
        self.plain, self.secure = free_port(), free_port()
        self.ca_file = self.folder / "cert.pem"
        _certify(self.ca_file, self.folder / "key.pem")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        mail = self.folder / "mail"
        mail.mkdir()
        is_root = os.geteuid() == 0
        own = getpass.getuser()
        if is_root:
            self.folder.chmod(0o755)
            shutil.chown(mail, "nobody", "nogroup")
        mail_user = "nobody" if is_root else own
        group = "nogroup" if is_root else str(os.getgid())
        (self.folder / "dovecot.conf").write_text(f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {"dovecot" if is_root else own}
default_login_user = {"dovenull" if is_root else own}
default_internal_group = {"dovecot" if is_root else group}
first_valid_uid = 1
ssl = yes
ssl_cert = <{self.ca_file}
ssl_key = <{self.folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{mail}/%u
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={group} home={mail}/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.plain}
  }}
  inet_listener imaps {{
    port = {self.secure}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
""")
        self._process = subprocess.Popen(
            [str(PROGRAM), "-F", "-c", str(self.folder / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 15
        while True:
            with contextlib.suppress(OSError, imaplib.IMAP4.error), self.client():
                return self
            log = self.folder / "log"
            said = log.read_text() if log.exists() else ""
            assert time.monotonic() < deadline, said
            assert self._process.poll() is None, said
            time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def client(self):
        box = imaplib.IMAP4("127.0.0.1", self.plain, timeout=10)
        box.login(self.user, PASSWORD)
        try:
            yield box
        finally:
            box.logout()

    def deliver(self, *messages: bytes, folder: str = "INBOX") -> None:
        with self.client() as box:
            for message in messages:
                status, said = box.append(folder, None, None, message)
                assert status == "OK", said

    def count(self, folder: str = "INBOX") -> int:
        with self.client() as box:
            status, data = box.select(f'"{folder}"', readonly=True)
            return int(data[0]) if status == "OK" else 0

    def flags(self) -> bytes:
        with self.client() as box:
            box.select("INBOX", readonly=True)
            return b" ".join(x for x in box.fetch("1:*", "(FLAGS)")[1] if x)


class Cutter:
    """A way to the server that breaks off after so many bytes of its answers."""

    def __init__(self, port: int, after: int) -> None:
        self.after = after
        self._target = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._socket.accept()
            except OSError:
                return
            theirs = socket.create_connection(("127.0.0.1", self._target))
            threading.Thread(
                target=_pass, args=(ours, theirs, None), daemon=True
            ).start()
            threading.Thread(
                target=_pass, args=(theirs, ours, self.after), daemon=True
            ).start()

    def close(self) -> None:
        self._socket.close()


def _pass(source: socket.socket, goal: socket.socket, left: int | None) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(4096 if left is None else min(4096, max(left, 1))):
            goal.sendall(block)
            if left is not None:
                left -= len(block)
                if left <= 0:
                    break
    for end in (source, goal):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _certify(certificate: Path, key_file: Path) -> None:
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    key_file.chmod(0o600)
