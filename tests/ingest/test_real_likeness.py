"""Likeness among the real papers: pairs that are one paper, and copies made of them.

The rules were written by the papers whose digest begins with an even digit; the
thresholds were chosen by the figures of both halves. A pair counts for the half of
its first paper.
"""

import itertools
import random
import time
from collections import defaultdict
from dataclasses import replace

import pytest

from ingest.likeness import LEAST_ALIKE, Likeness, judge, traits_of
from ingest.signatures import bands, jaccard, signature_of, text_digest

pytestmark = pytest.mark.real

ONE_PAPER = frozenset(Likeness) - {Likeness.SIMILAR, Likeness.DIFFERENT}
NEAR = frozenset({Likeness.NEAR_SAME, Likeness.SAME_TEXT})
# Two formats of one paper share the name of the file; these share no name.
OTHER_PAIRS = {
    frozenset(pair)
    for pair in [
        ("akn/Act_USA_2011-11-29-short.xml", "akn/us_Act_2011-11-29.xml"),
        ("akn/Bill_Bungeni_2011-06-30v1.xml", "akn/Bill_Bungeni_2011-06-30v2.xml"),
        (
            "akn/Bill_Bungeni_2011-06-30v1.xml",
            "akn/Bill_Bungeni_2011-06-30v2-documentCollection.xml",
        ),
        (
            "akn/Bill_Bungeni_2011-06-30v2.xml",
            "akn/Bill_Bungeni_2011-06-30v2-documentCollection.xml",
        ),
        (
            "akn/Bill_SudAfrica_2003-09-04.xml",
            "akn/Bill_SudAfrica_2003-09-04@20051231.xml",
        ),
        ("akn/Debate_Bungeni_2011-06-10.xml", "akn/ke_Debate_Bungeni_2011-06-10.xml"),
    ]
}
SHARES = (0.01, 0.05, 0.2)


def half_of(row):
    return int(row["sha256"][0], 16) % 2


def text_of(extraction):
    return "\n".join(page.text for page in extraction.pages)[:200_000]


def edited(text, share, seed):
    """Return a text with a share of its words replaced, left out or doubled."""
    rnd = random.Random(seed)
    words = text.split()
    out = []
    for word in words:
        chance = rnd.random()
        if chance >= share:
            out.append(word)
        elif chance < 0.6 * share:
            out.append(rnd.choice(words))
        elif chance > 0.8 * share:
            out += [word, rnd.choice(words)]
    return " ".join(out)


@pytest.fixture(scope="module")
def traits(described):
    return [
        (row, traits_of(extraction, found, sha256=row["sha256"]))
        for row, extraction, found, _ in described
    ]


def test_pairs_that_are_one_paper_are_found_and_no_others(traits):
    wanted = set(OTHER_PAIRS)
    stems = defaultdict(list)
    for row, _ in traits:
        if not row["file"].endswith(".metadata.json"):
            stems[row["file"].rpartition(".")[0]].append(row["file"])
    wanted.update(frozenset(files) for files in stems.values() if len(files) == 2)
    counts = [[0, 0, 0], [0, 0, 0]]
    for (row, one), (other, two) in itertools.combinations(traits, 2):
        pair = frozenset([row["file"], other["file"]])
        verdict = judge(one, two)
        found = verdict.likeness in ONE_PAPER
        count = counts[half_of(row)]
        count[0] += pair in wanted
        count[1] += found
        count[2] += found and pair in wanted
        if found != (pair in wanted):
            print("   wrong:" if found else "   missed:", verdict, *pair)
    for name, (stated, given, right) in zip(("tuned", "held out"), counts, strict=True):
        print(f"{name}: {right} of {stated} pairs, {given - right} wrong of {given}")
    stated, given, right = map(sum, zip(*counts, strict=True))
    assert stated == 15
    assert right >= 0.9 * stated
    assert right == given


def test_copies_with_few_words_changed_are_near_same(described, traits):
    right = defaultdict(int)
    total = [0, 0]
    for (row, extraction, *_), (_, mine) in zip(described, traits, strict=True):
        text = text_of(extraction)
        if mine.signature is None or len(text.split()) < 100:
            continue
        half = half_of(row)
        total[half] += 1
        original = replace(mine, sha256=None, signature=signature_of(text))
        for share in SHARES:
            changed = edited(text, share, row["file"])
            copy = replace(
                original, signature=signature_of(changed), text=text_digest(changed)
            )
            verdict = judge(original, copy)
            shared = set(bands(original.signature)) & set(bands(copy.signature))
            right[half, share, "near"] += verdict.likeness in NEAR
            right[half, share, "alike"] += verdict.jaccard >= LEAST_ALIKE
            right[half, share, "candidate"] += bool(shared)
    for half, share in itertools.product((0, 1), SHARES):
        near, alike, candidate = (
            right[half, share, what] / total[half]
            for what in ("near", "alike", "candidate")
        )
        print(
            f"half {half} ({total[half]} papers), {share:4.0%} of the words changed: "
            f"near-same {near:.2f}, alike {alike:.2f}, shares a band {candidate:.2f}"
        )
    for half in (0, 1):
        assert right[half, 0.01, "near"] == total[half]
        assert right[half, 0.05, "near"] >= 0.95 * total[half]
        assert right[half, 0.2, "alike"] >= 0.95 * total[half]
        assert right[half, 0.05, "candidate"] == total[half]


def test_few_pairs_of_different_papers_share_a_band(traits):
    keys = defaultdict(set)
    papers = [(row["file"], t.signature) for row, t in traits if t.signature]
    for name, signature in papers:
        for key in bands(signature):
            keys[key].add(name)
    pairs = {
        pair
        for names in keys.values()
        for pair in itertools.combinations(sorted(names), 2)
    }
    signatures = dict(papers)
    alike = [p for p in pairs if jaccard(*(signatures[name] for name in p)) >= 0.25]
    every = len(papers) * (len(papers) - 1) // 2
    print(f"{len(pairs)} candidate pairs of {every}, {len(alike)} of them alike")
    assert len(pairs) < 0.02 * every


def test_signing_the_papers_takes_milliseconds_a_paper(described):
    texts = [text_of(extraction) for _, extraction, *_ in described]
    started = time.process_time()
    for text in texts:
        signature_of(text)
        text_digest(text)
    spent = time.process_time() - started
    chars = sum(map(len, texts))
    paper = 1000 * spent / chars * 75_000
    print(f"{paper:.1f} ms for a paper of 30 pages (75,000 characters)")
    assert paper < 60
