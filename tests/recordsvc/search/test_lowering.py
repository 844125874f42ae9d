from hypothesis import given
from hypothesis import strategies as st

from recordsvc.search import plan
from recordsvc.search.ast import Number, Range, Word
from recordsvc.search.lowering import last_day, lower
from recordsvc.search.query import parse
from tests.recordsvc.search.made import LANGUAGES


def lowered(text):
    return lower(parse(text), LANGUAGES)


def weights(node):
    return {(t.column, t.token): t.weight for t in node.tokens}


def test_a_word_is_worth_most_in_the_title_and_as_it_was_typed():
    found = weights(lowered("água"))
    title_exact = found["title_exact", "água"]
    title_stem = found["title_stem", "agua"]
    body_exact = found["body_exact", "água"]
    body_stem = found["body_stem", "agua"]
    assert title_exact > title_stem > body_exact > body_stem > 0
    assert ("body_exact", "agua") not in found


def test_a_field_keeps_to_its_columns():
    assert {c for c, _ in weights(lowered("title:water"))} == {
        "title_exact",
        "title_stem",
    }
    assert {c for c, _ in weights(lowered("text:water"))} == {"body_exact", "body_stem"}


def test_a_word_of_several_tokens_stands_in_order():
    found = lowered("title:anti-corruption")
    assert [part.column for part in found.parts] == ["title_exact", "title_stem"]
    assert found.parts[0].places == (("anti",), ("corruption",))
    assert found.parts[0].slop == 0


def test_a_quoted_number_is_also_looked_up_as_an_identifier():
    found = lowered('"Bill No. 7/2019"')
    assert isinstance(found.parts[0], plan.Equals)
    assert (found.parts[0].column, found.parts[0].value) == (
        "identifiers",
        "bill-no-7-2019",
    )


def test_the_paper_that_has_a_number_outweighs_every_column():
    found = lower(Number(text="E-1/2020", keys=("x-1", "y-1")), LANGUAGES)
    numbers = [p for p in found.parts if isinstance(p, plan.Equals)]
    assert {n.value for n in numbers} == {"x-1", "y-1", "e-1-2020"}
    others = [p for p in found.parts if isinstance(p, plan.InOrder)]
    assert min(n.weight for n in numbers) > 10 * max(o.weight for o in others)


def test_a_prefix_looks_in_exact_and_in_folded_columns():
    exact, stem = lowered("Éduc*").parts
    assert exact == plan.StartsWith(
        columns=("title_exact", "body_exact"), prefix="éduc"
    )
    assert stem == plan.StartsWith(columns=("title_stem", "body_stem"), prefix="educ")


def test_dates_reach_to_the_last_day():
    assert lowered("date:2024-02") == plan.Between(
        column="date", low="2024-02", high="2024-02-29"
    )
    assert lowered("date:2019..2024") == plan.Between(
        column="date", low="2019", high="2024-12-31"
    )
    assert lowered("date:2019..").high is None


@given(st.dates())
def test_a_day_lies_within_its_month_and_its_year(day):
    text = day.isoformat()
    for part in (text, text[:7], text[:4]):
        node = lower(Range(field="date", low=part, high=part), LANGUAGES)
        assert node.low <= text <= node.high
        assert last_day(part) >= text


def test_values_are_found_in_their_usual_spellings():
    values = {part.value for part in lowered("class:bus.pq").parts}
    assert values >= {"bus.pq", "BUS.PQ"}


def test_everything_and_logic_keep_their_shape():
    assert lowered("") == plan.Anything()
    found = lowered("a -type:bill")
    assert isinstance(found, plan.All)
    assert isinstance(found.parts[1], plan.Without)


@given(st.text(min_size=1, max_size=20))
def test_any_word_has_a_plan(text):
    assert lower(Word(text=text), LANGUAGES)
