"""Makes libs/detect/test/trees.json: made-up rows, a small ensemble grown on them, and LightGBM's own predictions.

    make_fixture.py libs/detect/test/trees.json

The first column has missing values while the trees grow, the second only when they score, the third never."""

import json
import sys

import lightgbm
import numpy

from grow import SEED, ensemble_file

COLUMNS, SHOWN = 5, 60


def main():
    random = numpy.random.default_rng(SEED)
    rows = random.normal(size=(4000, COLUMNS)).astype(numpy.float32)
    rows[:, 2] = numpy.round(rows[:, 2])
    odds = rows[:, 0] * 2 + numpy.where(rows[:, 1] > 0.3, 1, -1) * rows[:, 2] - 1
    labels = (random.random(len(rows)) < 1 / (1 + numpy.exp(-odds))).astype(int)
    rows[random.random(len(rows)) < 0.2, 0] = numpy.nan
    parameters = {"objective": "binary", "num_leaves": 15, "learning_rate": 0.2, "verbose": -1, "seed": SEED, "num_threads": 1}
    booster = lightgbm.train(parameters, lightgbm.Dataset(rows, labels), 12)
    shown = rows[:SHOWN].copy()
    shown[::4, 1] = numpy.nan
    # On and next to thresholds.
    for row, info in enumerate(booster.dump_model()["tree_info"]):
        split = info["tree_structure"]
        shown[row, split["split_feature"]] = numpy.float32(split["threshold"])
    as_json = [[None if numpy.isnan(x) else float(x) for x in row] for row in shown]
    # A tree that never splits is a tree too.
    stump = lightgbm.train({**parameters, "min_data_in_leaf": 3000}, lightgbm.Dataset(rows, labels), 1)
    with open(sys.argv[1], "w") as file:
        json.dump(
            {
                "columns": COLUMNS,
                "ensemble": ensemble_file(booster),
                "rows": as_json,
                "odds": [float(x) for x in booster.predict(shown, raw_score=True)],
                "stump": ensemble_file(stump),
                "stump_odds": float(stump.predict(shown[:1], raw_score=True)[0]),
            },
            file,
        )
        file.write("\n")


if __name__ == "__main__":
    main()
