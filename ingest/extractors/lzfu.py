"""Unpack the compressed RTF of Outlook messages.

Source: [MS-OXRTFCP] Rich Text Format (RTF) Compression Algorithm.
"""

from __future__ import annotations

import struct

__all__ = ["unpacked_rtf"]

_PACKED, _PLAIN = b"LZFu", b"MELA"
_WINDOW = 4096
_PRESET = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}"
    rb"{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def unpacked_rtf(content: bytes, limit: int) -> bytes:
    """Return the RTF document in a ``PidTagRtfCompressed`` value.

    Parameters
    ----------
    content
        The value; what it states of its length is not believed.
    limit
        Bytes after which no more is unpacked.

    Returns
    -------
    bytes
        What could be unpacked; empty when it is packed in no known way.
    """
    if len(content) < 16:  # noqa: PLR2004 - the length of its header
        return b""
    size, kind = struct.unpack_from("<I", content, 4)[0], content[8:12]
    if kind == _PLAIN:
        return content[16 : 16 + min(size, limit)]
    return _unpacked(content[16:], min(size, limit)) if kind == _PACKED else b""


def _unpacked(packed: bytes, size: int) -> bytes:
    window = bytearray(_PRESET + bytes(_WINDOW - len(_PRESET)))
    write = len(_PRESET)
    out = bytearray()
    place = 0
    while place < len(packed) and len(out) < size:
        control = packed[place]
        place += 1
        for bit in range(8):
            if control & 1 << bit:
                if place + 2 > len(packed):
                    return bytes(out)
                reference = packed[place] << 8 | packed[place + 1]
                place += 2
                offset, length = reference >> 4, (reference & 0xF) + 2
                if offset == write:
                    return bytes(out)
                copied = range(offset, offset + length)
            elif place < len(packed):
                window[write] = packed[place]
                copied = range(write, write + 1)
                place += 1
            else:
                return bytes(out)
            for at in copied:
                byte = window[at % _WINDOW]
                window[write] = byte
                write = (write + 1) % _WINDOW
                out.append(byte)
    return bytes(out[:size])
