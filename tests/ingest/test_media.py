"""Sound and video: technical values from the tables of their containers."""

import io
import struct
import wave

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.extractors.media import extract_media
from ingest.extractors.source import Findings, Source


def box(kind, content):
    return struct.pack("!I4s", 8 + len(content), kind) + content


def mp4():
    mvhd = box(b"mvhd", bytes(12) + struct.pack("!II", 1_000, 5_500) + bytes(80))
    tkhd = box(b"tkhd", bytes(76) + struct.pack("!II", 640 << 16, 360 << 16))
    entry = struct.pack("!II", 0, 1) + struct.pack("!I4s", 16, b"avc1") + bytes(8)
    media = box(b"mdia", box(b"minf", box(b"stbl", box(b"stsd", entry))))
    moov = box(b"moov", mvhd + box(b"trak", tkhd + media))
    return box(b"ftyp", b"isom\0\0\0\0isommp42") + moov


def element(number, content):
    size = bytes([0x80 | len(content)])
    if len(content) > 126:
        size = struct.pack("!H", 0x4000 | len(content))
    return bytes.fromhex(number) + size + content


def webm():
    info = element("2ad7b1", (1_000_000).to_bytes(3, "big")) + element(
        "4489", struct.pack("!d", 9_000.0)
    )
    picture = element("b0", b"\x02\x80") + element("ba", b"\x01\x68")
    track = element("ae", element("86", b"V_VP9") + element("e0", picture))
    segment = element("1549a966", info) + element("1654ae6b", track)
    return element("1a45dfa3", element("4282", b"webm")) + element("18538067", segment)


def wav():
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(4 * 16_000))
    return out.getvalue()


def read(content, mime="video/mp4"):
    found = Findings()
    file = io.BytesIO(content)
    extract_media(Source(file=file, size=len(content), name="a", mime=mime), found)
    return {v.field.removeprefix("media:"): v.value for v in found.embedded}, found


def test_an_mp4_tells_length_codec_and_size():
    assert read(mp4())[0] == {
        "duration_s": "5.5",
        "codec": "avc1",
        "width": "640",
        "height": "360",
    }


def test_a_webm_tells_length_codec_and_size():
    assert read(webm())[0] == {
        "duration_s": "9",
        "codec": "V_VP9",
        "width": "640",
        "height": "360",
    }


def test_a_sound_tells_length_channels_and_rate():
    said, _ = read(wav(), "audio/x-wav")
    assert (said["duration_s"], said["channels"]) == ("2", "2")
    assert said["samplerate_hz"] == "8000"


def test_what_cannot_be_read_is_kept_with_a_warning():
    said, found = read(b"\xff\xfbnothing like it")
    assert said == {}
    assert not found.quarantined


@pytest.mark.parametrize("make", [mp4, webm, wav])
def test_a_container_cut_anywhere_is_read_as_far_as_it_goes(make):
    content = make()[:2_000]
    for cut in range(0, len(content), max(1, len(content) // 64)):
        read(content[:cut])


@given(st.sampled_from([mp4(), webm()]), st.data())
@settings(max_examples=200, deadline=None)
def test_bits_that_flipped_give_no_value_beyond_measure(content, data):
    flipped = bytearray(content)
    for _ in range(4):
        flipped[data.draw(st.integers(0, len(flipped) - 1))] ^= 1 << data.draw(
            st.integers(0, 7)
        )
    said, _ = read(bytes(flipped))
    if "duration_s" in said:
        assert 0 < float(said["duration_s"]) < 60 * 60 * 24 * 366
