import pytest

from exports.validate import validate

INVALID = ("invalid", "linux-only", "windows-only")


@pytest.mark.real
def test_conformance_suite_gets_every_expected_verdict(conformance_suite):
    rows, wrong = [], []
    for kind in ("valid", "warning", *INVALID):
        for bag in sorted(conformance_suite.glob(f"v*/{kind}/*/")):
            report = validate(bag)
            good = not report.valid if kind in INVALID else report.valid
            if kind == "warning":
                good = good and bool(report.warnings)
            codes = sorted({f.code for f in (*report.errors, *report.warnings)})
            name = f"{bag.parent.parent.name}/{kind}/{bag.name}"
            verdict = "valid" if report.valid else "invalid"
            rows.append(f"{'ok' if good else 'WRONG':6}{verdict:8}{name}  {codes}")
            if not good:
                wrong.append(name)
    print("\n".join(rows))
    assert len(rows) == 60
    assert wrong == []
