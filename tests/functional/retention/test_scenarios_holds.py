"""Scenarios 16 to 20 of the acceptance list: what a hold stops, and for how long."""

from pathlib import Path

from .conftest import PLAN, House


def test_scenario_16_what_was_used_is_never_deleted_and_a_lifted_hold_is_over(
    house: House, tmp_path: Path
) -> None:
    record = house.paper("BUS.FIVE", created="2015-01-01")
    assert "stays" in house.refused(6, "schedule", "delete", "1")
    draft = tmp_path / "v2.toml"
    text = PLAN.replace("version = 1", "version = 2").replace(', "Archivist"]', "]")
    draft.write_text(text)
    assert house.json("schedule", "import", str(draft))["state"] == "draft"
    house.ok("schedule", "delete", "2")
    house.refused(3, "schedule", "show", "2")
    house.refused(6, "class", "delete", "BUS.FIVE")
    house.ok("class", "delete", "BUS.FOUR")

    hold = house.hold("--id", record, "--review", "2027-01-01", "--kind", "inquiry")
    house.refused(4, "hold", "lift", hold, "--reason", "r", by="olga")
    house.lift(hold)
    house.refused(7, "hold", "lift", hold, "--reason", "again", by="ada")
    review = ("hold", "review", hold, "--until", "2028-01-01", "--reason", "r")
    assert "lifted" in house.refused(6, *review)
    shown = house.json("hold", "show", hold)
    assert (shown["active"], shown["reason"]) == (False, "it has reported")
    assert (shown["kind"], shown["held"]) == ("inquiry", [])
    assert [h["id"] for h in house.json("hold", "list")["holds"]] == [hold]
    for login in ("olga", "root"):
        house.refused(2, "hold", "delete", hold, by=login)
        with house.client(login) as client:
            client.delete(f"/api/v1/holds/{hold}", status=404)
    assert [h["id"] for h in house.json("hold", "list")["holds"]] == [hold]


def test_scenario_17_a_hold_blocks_everything_for_everyone(
    house: House, tmp_path: Path
) -> None:
    record = house.paper("BUS.FIVE", "Held about quokkas", created="2015-01-01")
    dossier = house.json("aggregation", "open", "Quokkas", "--class", "BUS.FIVE")["id"]
    house.hold("--id", record)
    before = house.show(record)
    revision = str(before["revision"])
    acts = {
        "metadata": ("edit", record, "title=Other", "--if-match", revision),
        "access": ("edit", record, "access=closed", "--if-match", revision),
        "identifier": ("edit", record, "identifier=E-1/2020", "--if-match", revision),
        "reclassify": ("classify", record, "LAW", "--reason", "r"),
        "oblige": (
            *("classify", record, "LAW", "--also"),
            *("--citation", "c", "--reason", "r"),
        ),
        "move": ("aggregation", "add", dossier, record, "--reason", "r"),
        "merge": ("class", "merge", "BUS.FIVE", "BUS.TEN", "--reason", "r"),
        "list": ("disposal", "propose", "--id", record),
    }
    for name, act in acts.items():
        for login in ("", "root", "olga", "arno"):
            called = house(*act, by=login)
            assert called.code == 6, (name, login, called)
            assert "hold" in called.err, (name, login, called)
    path = f"/api/v1/records/{record}"
    for login in ("root", "olga"):
        with house.client(login) as client:
            head = {"If-Match": client.get(path).headers["ETag"]}
            answer = client.patch_json(
                path, {"title": "Other"}, headers=head, expect_errors=True
            )
        assert (answer.status_int, "hold" in answer.json["detail"]) == (409, True)
        status, why = house.deletion(record, by=login)
        assert (status, "on hold" in why) == (409, True)
    after = house.show(record)
    assert after == before
    assert [h["id"] for h in after["holds"]]
    print(f"{len(acts)} acts by four people refused, and edits over HTTP")


def test_scenario_18_of_two_holds_the_other_one_goes_on(house: House) -> None:
    records = house.papers("BUS.FIVE", 3, created="2015-01-01")
    dossier = house.json("aggregation", "open", "The file", "--class", "BUS.FIVE")["id"]
    volume = house.json(
        *("aggregation", "open", "Volume 1", "--kind", "volume", "--parent", dossier)
    )["id"]
    house.ok("aggregation", "add", dossier, *records[:2])
    house.ok("aggregation", "add", volume, records[2])
    first = house.hold("--aggregation", dossier)
    second = house.hold("--id", records[1], title="Litigation 3")

    def held() -> list[bool]:
        return [house.explain(r)["state"] == "held" for r in records]

    assert held() == [True, True, True]
    assert set(house.explain(records[1])["held_by"]) == {first, second}
    house.lift(first)
    assert held() == [False, True, False]
    house.lift(second)
    assert held() == [False, False, False]
    assert set(house.due("2026-06-01")) == set(records)


def test_scenario_19_a_hold_during_cooling_saves_its_record_alone(
    house: House,
) -> None:
    records = house.papers("BUS.FIVE", 3, created="2015-01-01")
    made = house.approved(*records)
    hold = house.hold("--id", records[1])
    results = house.results(made, "2026-06-02", code=5)
    assert results == {
        records[0]: "destroyed",
        records[1]: "ejected",
        records[2]: "destroyed",
    }
    item = house.json("disposal", "show", made)["items"]
    noted = {i["id"]: i["note"] for i in item}
    assert noted[records[1]] == f"hold {hold} was placed"
    assert house.state(records[1]) == "active"
    assert house.ok("text", records[1]).out.startswith("A paper about drinking water")
    house.lift(hold)
    assert house.explain(records[1], "2026-06-02")["state"] == "due"
    assert house.due("2026-06-02") == [records[1]]
    house.refused(7, "disposal", "run", by="olga", on="2026-06-03")
    assert house.state(records[1]) == "active"


def test_scenario_20_a_hold_lifted_late_needs_a_fresh_decision(house: House) -> None:
    record = house.paper("BUS.FIVE", created="2019-01-01")
    made = house.propose(record, on="2024-01-01")
    house.judge(made, on="2023-05-02")
    house.approve(made, on="2023-05-02")
    hold = house.json(
        *("hold", "place", "--title", "Case", "--mandate", "Court", "--id", record),
        on="2023-06-01",
    )["id"]
    lift = ("hold", "lift", hold, "--reason", "judgment given")
    house.ok(*lift, by="ada", on="2025-05-01")
    assert house.due("2025-05-02") == [record]
    house.refused(7, "disposal", "run", by="olga", on="2025-05-02")
    assert house.state(record) == "active"
    items = house.json("disposal", "show", made)["items"]
    assert [i["state"] for i in items] == ["ejected"]
    fresh = house.approved(record, on="2025-05-02")
    assert house.results(fresh, "2025-05-03") == {record: "destroyed"}
    stone = house.show(record)["tombstone"]
    assert [h[0] for h in stone["holds"]] == [hold]
