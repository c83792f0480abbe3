# SPDX-License-Identifier: Apache-2.0
"""Writes expected.json: what transformers makes of the directories beside this one with other activations.

    python make_golden.py

For each directory and each value of its `hidden_act` (DistilBERT's `activation`), the logits of a few texts: of a
classifier those of its labels, of a masked LM the first 40 of the vocabulary at the second position.

And ../../../TrainingTests/Golden/activations.json: the loss of a masked batch of its distillation/student with each, without
dropout, and the norm of each parameter's gradient.
"""

import json
import os
import pathlib

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import torch
import transformers
from transformers import AutoModelForMaskedLM, AutoModelForSequenceClassification

GOLDEN = pathlib.Path(__file__).parent.resolve().parent
ACTIVATIONS = ["gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu"]

print(f"transformers {transformers.__version__}, PyTorch {torch.__version__}")
out = []
for directory in ["bert-classifier", "bert-masked-lm", "distilbert-masked-lm", "mpnet-masked-lm", "roberta-classifier"]:
    masked = directory.endswith("masked-lm")
    kind = AutoModelForMaskedLM if masked else AutoModelForSequenceClassification
    key = "activation" if directory.startswith("distilbert") else "hidden_act"
    texts = [case["input_ids"] for case in json.loads((GOLDEN / directory / "expected.json").read_text())]
    texts = [ids for ids in texts if len(ids) > 3][:4]
    for activation in ACTIVATIONS:
        model = kind.from_pretrained(GOLDEN / directory, **{key: activation}).eval()
        with torch.no_grad():
            logits = [model(torch.tensor([ids])).logits[0] for ids in texts]
        rows = [row[1, :40] if masked else row for row in logits]
        out.append({"directory": directory, "key": key, "activation": activation, "input_ids": texts,
                    "logits": [row.tolist() for row in rows]})
pathlib.Path(__file__).with_name("expected.json").write_text(json.dumps(out) + "\n")

TRAINING = GOLDEN.parent.parent / "TrainingTests/Golden"
rows = [[2, 17, 33, 8, 61, 3], [2, 45, 90, 3], [2, 9, 9, 60, 71, 82, 17, 3]]
labels = [[20 + id if at % 3 == 1 else -100 for at, id in enumerate(row)] for row in rows]
pad = lambda rows, value: torch.tensor([row + [value] * (8 - len(row)) for row in rows])
steps = []
for activation in ACTIVATIONS:
    model = AutoModelForMaskedLM.from_pretrained(TRAINING / "distillation/student", activation=activation).eval()
    loss = model(input_ids=pad(rows, 0), attention_mask=pad([[1] * len(row) for row in rows], 0), labels=pad(labels, -100)).loss
    loss.backward()
    norms = {name: p.grad.norm().item() for name, p in model.named_parameters()}
    steps.append({"activation": activation, "input_ids": rows, "labels": labels, "loss": loss.item(), "norms": norms})
(TRAINING / "activations.json").write_text(json.dumps(steps) + "\n")
