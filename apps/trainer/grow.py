"""Grows tree ensembles on rows that `gondola features` wrote, and writes them as a model file has them.

    grow.py JOB.json

JOB.json: {"rows": folder, "out": file, "columns": features that the trees may see, from the first,
           "held_fold": fold that nothing is grown on, "missing": [names], "missing_share": share of the rows,
           "ensembles": [{"folds": [..], "label_bit": b, "trees": at most, "leaves": n, "rate": r, "features": share a tree sees}]}
An ensemble is grown on the rows of its folds, to tell bit `label_bit` (0 unless given) of their labels; with "stop": true it ends where the held out rows gain no more.
`missing` features are taken from a share of the rows, so that the trees know what to do without them.

Writes {"ensembles": [..], "metrics": [{"held_ap": .., "trees": ..}]}. Needs numpy and lightgbm (requirements.txt)."""

import base64
import json
import sys

import lightgbm
import numpy

LEAF, MISSING_LEFT = 0xFF, 0x80
FLOAT32_MAX = float(numpy.finfo(numpy.float32).max)
STOP_ROUNDS = 30
SEED = 1


def read_rows(folder):
    """-> (rows, features) float32, (rows,) uint8 labels, (rows,) uint8 folds, (rows,) float32 weights, names of the features"""
    with open(f"{folder}/header.json") as file:
        header = json.load(file)
    names, count = header["features"], header["rows"]
    rows = numpy.fromfile(f"{folder}/rows.f32", "<f4").reshape(count, len(names))
    labels = numpy.fromfile(f"{folder}/labels.u8", "u1")
    folds = numpy.fromfile(f"{folder}/folds.u8", "u1")
    weights = numpy.fromfile(f"{folder}/weights.f32", "<f4")
    if not len(labels) == len(folds) == len(weights) == count:
        sys.exit(f"{folder}: {count} rows, {len(labels)} labels, {len(folds)} folds and {len(weights)} weights")
    return rows, labels, folds, weights, names


def average_precision(score, label, weight):
    order = numpy.argsort(-score, kind="stable")
    label, weight = label[order] == 1, weight[order].astype(numpy.float64)
    precision = numpy.cumsum(weight * label) / numpy.cumsum(weight)
    return float(numpy.average(precision[label], weights=weight[label]))


def flat(tree):
    """A tree's nodes in preorder, the left child right behind its parent: feature, value, right."""
    feature, value, right = [], [], []

    def visit(node):
        place = len(feature)
        if "leaf_value" in node:
            feature.append(LEAF)
            value.append(numpy.float32(node["leaf_value"]))
            right.append(0)
            return
        if node["decision_type"] != "<=" or node["missing_type"] not in ("None", "NaN"):
            sys.exit(f"a split that the scorer does not know: {node['decision_type']}, {node['missing_type']}")
        threshold = float(node["threshold"])
        # LightGBM takes a missing value for 0 where it saw none while growing.
        to_left = node["default_left"] if node["missing_type"] == "NaN" else 0 <= threshold
        feature.append(node["split_feature"] | (MISSING_LEFT if to_left else 0))
        # Features are float32: rounding a threshold down to one moves no value to the other side.
        rounded = numpy.float32(min(threshold, FLOAT32_MAX))
        if float(rounded) > threshold:
            rounded = numpy.nextafter(rounded, numpy.float32(-numpy.inf))
        value.append(rounded)
        right.append(0)
        visit(node["left_child"])
        right[place] = len(feature) - place
        visit(node["right_child"])

    visit(tree["tree_structure"])
    return feature, value, right


def ensemble_file(booster):
    trees = [flat(tree) for tree in booster.dump_model()["tree_info"]]

    def packed(part, dtype):
        return base64.b64encode(numpy.concatenate([numpy.array(tree[part], dtype) for tree in trees]).tobytes()).decode()

    return {
        "nodes": [len(tree[0]) for tree in trees],
        "feature": packed(0, "u1"),
        "value": packed(1, "<f4"),
        "right": packed(2, "<u2"),
    }


def grow(job, rows, labels, folds, weights, spec):
    columns = job["columns"]
    labels = labels >> spec.get("label_bit", 0) & 1
    parameters = {
        "objective": "binary",
        "learning_rate": spec["rate"],
        "num_leaves": spec["leaves"],
        "feature_fraction": spec["features"],
        "min_data_in_leaf": spec.get("leaf_rows", 200),
        "max_bin": 127,
        "num_threads": job.get("threads", 1),
        "seed": SEED,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
        "metric": "binary_logloss",
    }
    chosen = numpy.isin(folds, spec["folds"])
    # Weights of one are none: the same trees as without.
    weight = None if (weights == 1).all() else weights
    of = lambda chosen: None if weight is None else weight[chosen]
    data = lightgbm.Dataset(rows[chosen][:, :columns], labels[chosen], weight=of(chosen), params=parameters)
    held = folds == job["held_fold"]
    if spec.get("stop"):
        valid = lightgbm.Dataset(rows[held][:, :columns], labels[held], weight=of(held), reference=data)
        stop = lightgbm.early_stopping(STOP_ROUNDS, verbose=False)
        booster = lightgbm.train(parameters, data, spec["trees"], valid_sets=[valid], callbacks=[stop])
        best = booster.best_iteration
        booster = lightgbm.Booster(model_str=booster.model_to_string(num_iteration=best))
    else:
        booster = lightgbm.train(parameters, data, spec["trees"])
    metrics = {"trees": booster.num_trees(), "rows": int(chosen.sum()), "held_rows": int(held.sum())}
    if held.any() and 0 < labels[held].mean() < 1:
        metrics["held_ap"] = average_precision(booster.predict(rows[held][:, :columns]), labels[held], weights[held])
    return booster, metrics


def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    rows, labels, folds, weights, names = read_rows(job["rows"])
    random = numpy.random.default_rng(SEED)
    hidden = random.random(len(rows)) < job["missing_share"]
    for name in job["missing"]:
        rows[hidden, names.index(name)] = numpy.nan
    grown = [grow(job, rows, labels, folds, weights, spec) for spec in job["ensembles"]]
    gains = [booster.feature_importance("gain") for booster, _ in grown]
    with open(job["out"], "w") as file:
        json.dump(
            {
                "ensembles": [ensemble_file(booster) for booster, _ in grown],
                "metrics": [metrics for _, metrics in grown],
                "gain": [
                    {names[i]: round(float(gain[i] / gain.sum()), 5) for i in numpy.argsort(-gain)} for gain in gains
                ],
            },
            file,
        )
    if "keep" in job:
        for (booster, _), path in zip(grown, job["keep"]):
            booster.save_model(path)


if __name__ == "__main__":
    main()
