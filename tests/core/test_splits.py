"""Nobody stands on two sides of a split."""

import pandas as pd

from core.splits import assign


def rows(n: int) -> pd.DataFrame:
    return pd.DataFrame({"split": "dev", "group": [f"person-{i // 2}" for i in range(n)], "group2": ""})


def test_about_a_fifth_of_the_groups_of_dev_becomes_test() -> None:
    table = rows(2000)
    share = (assign(table) == "test").mean()
    assert 0.15 < share < 0.25


def test_a_group_is_never_divided_and_other_rows_change_nothing() -> None:
    table = rows(200)
    table["assigned"] = assign(table)
    assert table.groupby("group")["assigned"].nunique().max() == 1
    assert assign(table.iloc[50:90]).equals(table["assigned"].iloc[50:90].rename("split"))


def test_groups_tied_by_group2_go_together() -> None:
    table = rows(400)
    table["group2"] = [f"model-{i // 20}" for i in range(400)]
    table["assigned"] = assign(table)
    assert table.groupby("group2")["assigned"].nunique().max() == 1
    assert table["assigned"].nunique() == 2


def test_train_is_left_alone() -> None:
    table = rows(40).assign(split="train")
    assert (assign(table) == "train").all()
