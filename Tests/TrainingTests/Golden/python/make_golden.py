# SPDX-License-Identifier: Apache-2.0
"""Writes evaluation.json and csv.json beside this script: what scikit-learn and Python's csv make of random input.

Made with scikit-learn 1.9.1, numpy 2.4.6, Python 3.11.7. An argument is the number of cases, 200 unless given.
"""

import csv
import io
import json
import pathlib
import random
import re
import sys
import warnings

from sklearn.metrics import accuracy_score, classification_report, confusion_matrix, precision_recall_fscore_support

HERE = pathlib.Path(__file__).parent
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 200
warnings.simplefilter("ignore")


def average(figures):
    return {"precision": figures["precision"], "recall": figures["recall"], "f1": figures["f1-score"]}


def evaluation(draw):
    count = draw.choice([1, 2, 3, 3, 5, 8])
    # Some labels are never a truth, and some are never predicted.
    truths_from = draw.sample(range(count), draw.randint(1, count))
    predictions_from = draw.sample(range(count), draw.randint(1, count))
    texts = draw.choice([1, 2, 5, 20, 60])
    truths = draw.choices(truths_from, k=texts)
    predictions = [
        truth if truth in predictions_from and draw.random() < 0.5 else draw.choice(predictions_from) for truth in truths
    ]
    # As it comes: averages over the labels that occur in one or the other.
    report = classification_report(truths, predictions, output_dict=True, zero_division=0.0)
    labels = list(range(count))
    precision, recall, f1, support = precision_recall_fscore_support(
        truths, predictions, labels=labels, zero_division=0.0
    )
    return {
        "labels": count,
        "truths": truths,
        "predictions": predictions,
        "accuracy": accuracy_score(truths, predictions),
        "macro": average(report["macro avg"]),
        "weighted": average(report["weighted avg"]),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
        "confusion": confusion_matrix(truths, predictions, labels=labels).tolist(),
    }


def table(draw):
    """A text, and its rows without the empty ones; null where strict reading fails."""
    while True:
        text = "".join(draw.choices(['"', '""', ",", "\n", "\r\n", "\r", "a", "é ", "\0", '"b', 'c"'], k=draw.randint(1, 12)))
        # Lines of nothing but white space are a row to csv, and none to pandas.
        if not re.search(r"(^|[\r\n])[ \t]+([\r\n]|$)", text):
            break
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error:
        rows = None
    return {"text": text, "rows": rows}


for name, make in [("evaluation", evaluation), ("csv", table)]:
    draw = random.Random(7)
    cases = [json.dumps(make(draw), ensure_ascii=True) for _ in range(COUNT)]
    (HERE / f"{name}.json").write_text("[\n" + ",\n".join(cases) + "\n]\n")
