# SPDX-License-Identifier: Apache-2.0
"""Writes ELECTRA's reference outputs: what transformers and PyTorch make of small random checkpoints.

    python make_golden.py

Made with transformers 5.24.0, tokenizers 0.23.3, PyTorch 2.13.0, f32. Beside this script:

tokenizers.json      directories with the vocabulary of ../bert-classifier, and for each the ids, places and decoded ids of
                     every text by AutoTokenizer.
../electra-*         directories in three shapes with an expected.json, as those of the other families (see ../README.md):
                     embeddings narrower than the blocks, wider, and as wide.

and in ../../../TrainingTests/Golden/electra a classifier and a masked LM to take gradients of.
"""

import json
import pathlib
import shutil
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import golden
import torch
from golden import AWKWARD, GOLDEN, LABELLED, TEXTS
from transformers import ElectraConfig, ElectraForMaskedLM, ElectraForSequenceClassification, ElectraModel

TRAINING = GOLDEN.parent.parent / "TrainingTests/Golden/electra"
VOCABULARY = GOLDEN / "bert-classifier/vocab.txt"


def config(embedding, width, layers, heads, inner, positions):
    return ElectraConfig(vocab_size=951, embedding_size=embedding, hidden_size=width, num_hidden_layers=layers,
                         num_attention_heads=heads, intermediate_size=inner, max_position_embeddings=positions,
                         initializer_range=0.2, layer_norm_eps=1e-6, **LABELLED)


golden.versions()
for name, kind, shape, seed in [
    ("classifier", ElectraForSequenceClassification, (14, 28, 3, 4, 60, 100), 10),
    ("masked-lm", ElectraForMaskedLM, (24, 15, 2, 3, 41, 64), 20),
    ("model", ElectraModel, (20, 20, 4, 2, 52, 60), 30),
]:
    settings = {"tokenizer_class": "ElectraTokenizer", "model_max_length": shape[-1]}
    golden.checkpoint(kind, config(*shape), seed, f"electra-{name}", shape[-1], TEXTS,
                      {"tokenizer_config.json": json.dumps(settings) + "\n"}, [VOCABULARY])
for name, kind, seed in [("classifier", ElectraForSequenceClassification, 40), ("masked-lm", ElectraForMaskedLM, 50)]:
    torch.manual_seed(seed)
    folder = TRAINING / name
    shutil.rmtree(folder, ignore_errors=True)
    golden.randomise(kind(config(12, 20, 2, 2, 36, 160)), seed + 1).save_pretrained(folder)
    golden.write(folder, {"tokenizer_config.json": json.dumps({"tokenizer_class": "ElectraTokenizer"}) + "\n"}, [VOCABULARY])

model = {"config.json": json.dumps({"model_type": "electra"})}
fast = (GOLDEN / "bert-classifier/tokenizer.json").read_text()
golden.variants(pathlib.Path(__file__).with_name("tokenizers.json"), AWKWARD + TEXTS[:4], {
    "vocab.txt, by the model's type": (model, ["bert-classifier/vocab.txt"]),
    "vocab.txt, by the class, cased": (
        model | {"tokenizer_config.json": json.dumps({"tokenizer_class": "ElectraTokenizerFast", "do_lower_case": False})},
        ["bert-classifier/vocab.txt"]),
    "tokenizer.json, by the class": (
        model | {"tokenizer_config.json": json.dumps({"tokenizer_class": "ElectraTokenizer"})},
        ["bert-classifier/tokenizer.json"]),
})
