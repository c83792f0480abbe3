# SPDX-License-Identifier: Apache-2.0
"""Writes RoBERTa's reference outputs: what transformers and PyTorch make of small random checkpoints.

    python make_golden.py

Made with transformers 5.24.0, tokenizers 0.23.3, PyTorch 2.15.0, f32. Beside this script:

tokenizers.json      a byte-level BPE trained on the texts below, directories that differ in their files and settings, and
                     for each the ids, places and decoded ids of every text by AutoTokenizer.
../roberta-*         directories in three shapes with an expected.json, as those of the other families (see ../README.md).

Biases and norms are random as well, so that none can be left out unnoticed.
"""

import json
import pathlib
import random
import shutil
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import golden
import torch
from golden import GOLDEN, LABELLED, write
from tokenizers import ByteLevelBPETokenizer
from transformers import (AutoTokenizer, RobertaConfig, RobertaForMaskedLM, RobertaForSequenceClassification,
                          RobertaModel)

HERE = pathlib.Path(__file__).parent.resolve()
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
TEXTS = golden.TEXTS + [
    "<mask>", "a <mask> b", "so<mask>, not", "is this <pad> counted? <pad>", "<s> in </s> the text <unk> <UNK>",
    "great and sad, " * 60,
]
AWKWARD = [
    "", " ", "\n", "   ", "'", "'s", " 's", "'r", "'l", "'ll", "'ve'rex 'lo 'rs '", "it''s", "don't I'M we'd they'll",
    "  a", "a  ", "\n\na", " \n a", "a \n", "a\u00a0b\u3000c", "1,234.56 \u00bd \u00b2 \u0663\u0664\u0665 \u2163", "Hello  world",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!", "\u4f60\u597d\uff0c\u4e16\u754c\uff01", "\ud55c\uad6d\uc5b4 \ubb38\uc7a5",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd", "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \u2764\ufe0f \U0001f1e9\U0001f1ea", "e\u0301a\u030a\u0323 \u1100\u1161\u11a8",
    "\x00\x01\x1f\x7f\x9f", "\u200b\u200c\u200d\u2060\ufeff", "\u202e rtl \u202c", "\ufffd\ue000\U000f0000", "\u0120 \u010a \u2581",
    "<mask><mask> <mask>", " <mask>  ", "\u00e9<mask>\u00e9 b", "x" * 300, "\u00e9" * 100, "ab" * 200 + " '",
]


def train():
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator((TEXTS[:-1] + AWKWARD[:-3]) * 2, vocab_size=420, min_frequency=2, special_tokens=SPECIAL)
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_model(folder)
        read = lambda name: (pathlib.Path(folder) / name).read_text()
        return json.loads(read("vocab.json")), [line.split(" ") for line in read("merges.txt").splitlines()[1:]]


VOCABULARY, MERGES = train()


def text_files(vocabulary=VOCABULARY, merges=MERGES):
    lines = ["#version: 0.2"] + [" ".join(merge) for merge in merges]
    return {"vocab.json": json.dumps(vocabulary), "merges.txt": "\n".join(lines) + "\n"}


def save(model, folder):
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    with tempfile.TemporaryDirectory() as files:
        write(files, text_files() | {"config.json": '{"model_type": "roberta"}'})
        positions = model.config.max_position_embeddings - model.config.pad_token_id - 1
        AutoTokenizer.from_pretrained(files, model_max_length=positions).save_pretrained(folder)
    return positions


def tokenizers():
    with tempfile.TemporaryDirectory() as folder:
        write(folder, text_files() | {"config.json": '{"model_type": "roberta"}'})
        AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
        base = json.loads((pathlib.Path(folder) / "tokenizer.json").read_text())
    fast = {"tokenizer_class": "PreTrainedTokenizerFast", "cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>"}
    mask = dict(content="<mask>", single_word=False, lstrip=True, rstrip=False, normalized=False, special=True,
                __type="AddedToken")

    def changed(vocabulary=VOCABULARY, merges=MERGES, **model):
        file = json.loads(json.dumps(base))
        file["model"] |= dict(vocab=vocabulary, merges=merges) | model
        return file

    def without(pieces):
        left = [piece for piece in VOCABULARY if piece in SPECIAL or not set(piece) & set(pieces)]
        merges = [[a, b] for a, b in MERGES if a in left and b in left and a + b in left]
        return {piece: id for id, piece in enumerate(left)}, merges

    template = changed(merges=[" ".join(merge) for merge in MERGES])
    template["pre_tokenizer"]["add_prefix_space"] = True
    frame = [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
             {"SpecialToken": {"id": "</s>", "type_id": 0}}]
    template["post_processor"] = {"type": "Sequence", "processors": [
        {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        {"type": "TemplateProcessing", "single": frame, "pair": frame + [
            {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
         "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for i, t in ((0, "<s>"), (2, "</s>"))}}]}
    gaps = without("e\u00c3\u00b0")
    settings = {
        "vocab.json, by the model's type": ({}, None),
        "vocab.json, by the class, with a space first": (
            {"tokenizer_class": "RobertaTokenizerFast", "add_prefix_space": True}, None),
        "vocab.json, places with spaces": ({"trim_offsets": False}, None),
        "vocab.json, a mask that takes spaces": ({"mask_token": mask}, None),
        "tokenizer.json, by the class": ({"tokenizer_class": "RobertaTokenizer"}, changed()),
        "tokenizer.json alone, merges as lines": (fast, template),
        "tokenizer.json alone, bytes without pieces": (fast, changed(*gaps, unk_token="<unk>")),
        "tokenizer.json alone, unknown ones as one": (fast, changed(*gaps, unk_token="<unk>", fuse_unk=True)),
        "tokenizer.json alone, left out": (fast, changed(*gaps)),
        "tokenizer.json alone, words before merges": (fast, changed(merges=MERGES[:60], ignore_merges=True)),
    }
    texts = AWKWARD + TEXTS[:12] + TEXTS[-6:-1]
    rng = random.Random(1)
    while len(texts) < 100:
        texts.append("".join(rng.choice(AWKWARD[4:-3])[:rng.randint(1, 9)] + rng.choice(["", " ", "  ", "\n"]) for _ in range(6)))
    directories = {}
    for name, (config, file) in settings.items():
        files = {"tokenizer_config.json": json.dumps(config), "config.json": '{"model_type": "roberta"}'}
        directories[name] = (files | ({"tokenizer.json": json.dumps(file)} if file else text_files()), [])
    golden.variants(HERE / "tokenizers.json", texts, directories)


golden.versions()
for name, kind, shape, seed in [
    ("classifier", RobertaForSequenceClassification, (32, 3, 4, 96, 200), 10),
    ("masked-lm", RobertaForMaskedLM, (48, 2, 3, 80, 120), 20),
    ("model", RobertaModel, (20, 4, 2, 52, 60), 30),
]:
    width, layers, heads, inner, positions = shape
    torch.manual_seed(seed)
    config = RobertaConfig(vocab_size=len(VOCABULARY), hidden_size=width, num_hidden_layers=layers,
                           num_attention_heads=heads, intermediate_size=inner, max_position_embeddings=positions + 2,
                           type_vocab_size=1, layer_norm_eps=1e-5, initializer_range=0.2, **LABELLED)
    model = golden.randomise(kind(config), seed + 1)
    folder = GOLDEN / f"roberta-{name}"
    golden.expected(model, folder, save(model, folder), TEXTS)
tokenizers()
