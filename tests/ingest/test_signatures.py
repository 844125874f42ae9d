"""Digests and signatures of texts: what they keep and what they leave out."""

import random
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import SignatureError
from ingest.signatures import (
    BANDS,
    SIZE,
    Signature,
    bands,
    containment,
    jaccard,
    signature_of,
    text_digest,
    words_of,
)

WORDS = [f"word{n}" for n in range(400)]


def prose(seed, count=600):
    return " ".join(random.Random(seed).choices(WORDS, k=count))


def shingles(text):
    words = words_of(text)
    return set(zip(words, words[1:], words[2:], strict=False))


def test_format_of_a_text_does_not_change_its_digest():
    text = "The Office shall draw the zones of a source every tenth year. " * 3
    other = text.upper().replace(" ", "\n\n").replace(".", " ;")
    hyphened = text.replace("zones", "zo-\nnes").replace("Office", "O\ufb03ce")
    assert text_digest(text) == text_digest(other) == text_digest(hyphened)


def test_accents_and_figures_change_the_digest():
    text = "Le président a signé la loi 1 500 le 3 mai, dit-on partout ici. " * 2
    assert text_digest(text) != text_digest(text.replace("signé", "signe"))
    assert text_digest(text) != text_digest(text.replace("1 500", "1500"))
    assert text_digest(text) == text_digest(text.replace("1 500", "1.500"))


def test_vowel_signs_of_indic_scripts_count_in_the_digest():
    text = "පනත් කෙටුම්පත පාර්ලිමේන්තුව විසින් සම්මත කරන ලදී " * 4
    assert text_digest(text) != text_digest(text.replace("කෙ", "කො"))


@pytest.mark.parametrize("text", ["", "too short", "—" * 500, "a b " * 9])
def test_a_text_of_a_few_words_has_neither_digest_nor_signature(text):
    assert text_digest(text) is None
    assert signature_of(text) is None


@pytest.mark.parametrize("size", [20, 60, 130, 3000])
def test_the_estimate_is_near_the_true_similarity(size):
    errors = []
    for seed in range(20):
        text = prose(seed, size)
        rnd = random.Random(seed)
        share = rnd.random() / 3
        other = " ".join(
            rnd.choice(WORDS) if rnd.random() < share else word for word in text.split()
        )
        true = len(shingles(text) & shingles(other)) / len(
            shingles(text) | shingles(other)
        )
        errors.append(jaccard(signature_of(text), signature_of(other)) - true)
    assert abs(sum(errors) / len(errors)) < 0.05
    assert max(map(abs, errors)) < 0.25


def test_a_text_stands_wholly_in_a_longer_one():
    part, rest = prose(1, 900), prose(2, 900)
    one, other = signature_of(part), signature_of(part + " " + rest)
    assert containment(one, other) > 0.8
    assert containment(other, one) < 0.7
    assert containment(one, one) == 1.0
    assert containment(one, signature_of(prose(3))) < 0.1


def test_the_signature_is_the_same_in_another_process():
    code = (
        "from ingest.signatures import signature_of, text_digest;"
        "t = 'Être où l’eau est – the Act of 1999 二つの議案' * 20;"
        "print(signature_of(t), text_digest(t))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "77", "PYTHONIOENCODING": "utf-8"},
    )
    text = "Être où l’eau est – the Act of 1999 二つの議案" * 20
    assert run.stdout.split() == [str(signature_of(text)), text_digest(text)]


def test_the_signature_never_changes_within_its_version():
    kept = str(signature_of(" ".join(f"w{n}" for n in range(40))))
    assert kept.startswith("m1:38:")
    assert kept.endswith("xLzsDQ0pQIh1mpQUDfdDYg==")


@given(st.integers(0, 1000))
def test_a_kept_signature_is_read_again(seed):
    signature = signature_of(prose(seed, 80))
    assert Signature.read(str(signature)) == signature
    assert len(signature.values) == SIZE
    assert len(set(bands(signature))) == BANDS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "version ''"),
        ("m0:4:AAAA", "version 'm0'"),
        ("m1:4:AAAA", "malformed"),
        ("m1:x:" + "A" * 344, "malformed"),
        ("m1:4:***", "malformed"),
        ("m1:0:" + "A" * 340 + "AA==", "counts nothing"),
    ],
)
def test_a_signature_that_cannot_be_compared_says_so(text, said):
    with pytest.raises(SignatureError, match=said):
        Signature.read(text)


def test_texts_that_are_alike_share_a_band_and_others_do_not():
    text = prose(4)
    near = " ".join(text.split()[:560])
    assert set(bands(signature_of(text))) & set(bands(signature_of(near)))
    assert not set(bands(signature_of(text))) & set(bands(signature_of(prose(5))))


def test_scripts_without_spaces_are_compared_by_their_signs():
    text = "国会の議案は委員会に付託され審査の後本会議で議決される" * 2
    other = text.replace("委員会", "審議会")
    assert words_of("国会の") == ["国", "会", "の"]
    assert 0.3 < jaccard(signature_of(text), signature_of(other)) < 1


def test_lost_accents_and_vowel_points_do_not_make_texts_unlike():
    text = "le président a déposé à l’assemblée un projet de loi modifié " * 3
    plain = text.replace("é", "e").replace("à", "a").replace("’", "'")
    assert signature_of(text) == signature_of(plain)
    assert words_of("مُحَمَّد") == words_of("محمد")


@given(st.text(max_size=300))
def test_any_text_has_a_digest_and_signature_or_none(text):
    assert (signature_of(text) is None) == (len(words_of(text)) < 20)
    digest = text_digest(text)
    assert digest is None or len(digest) == 64


def test_a_paper_of_thirty_pages_takes_little_time():
    text = prose(6, 12_000)
    started = time.process_time()
    signature_of(text)
    assert time.process_time() - started < 0.2
