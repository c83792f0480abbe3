# SPDX-License-Identifier: Apache-2.0
"""Writes the reference outputs of XLM-RoBERTa and CamemBERT: what transformers and PyTorch make of small random checkpoints.

    python make_golden.py

Made with transformers 5.24.0, tokenizers 0.23.3, sentencepiece 0.2.3, PyTorch 2.15.0, f32. Beside this script:

sentencepiece.bpe.model   a unigram model trained on the texts below, with a normaliser's map of a few rules.
tokenizers.json           directories that differ in their files and settings, and for each the ids, places and decoded ids
                          of every text by AutoTokenizer.
../xlm-roberta-*, ../camembert-*   directories in three shapes with an expected.json, as those of the other families (see
                          ../README.md); some have a tokenizer.json, some the SentencePiece model alone.

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
import sentencepiece
from golden import LABELLED, write
from transformers import (AutoTokenizer, CamembertConfig, CamembertForMaskedLM, CamembertForSequenceClassification,
                          CamembertModel, XLMRobertaConfig, XLMRobertaForMaskedLM, XLMRobertaForSequenceClassification,
                          XLMRobertaModel)

HERE = pathlib.Path(__file__).parent.resolve()
MODEL = "sentencepiece.bpe.model"
TEXTS = golden.TEXTS[:16] + [
    "<mask>", "un <mask> deux", "so<mask>, not", "is this <pad> counted? <pad>", "<s> in </s> the text <unk> <UNK>",
    "C'est tr\u00e8s bien, merci\u00a0! L'\u00e9t\u00e9, c'est fini.", "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!",
    "great and sad, " * 60,
]
AWKWARD = [
    "", " ", "\n", "   ", "\u2581", "\u2581\u2581 \u2581", "  a", "a  ", "\n\na", " \n a", "a \n", "a\u00a0b\u3000c\td", "Hello  world",
    "\ufb01ne o\ufb03ce \uff21\uff22\uff41 \u00bd \u2460 \u3314", "e\u0301a\u030a\u0323 \u00e9", "\u200ba\u200b \u200b", "\u200b", "\r\n\r\n",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!", "\u4f60\u597d\uff0c\u4e16\u754c\uff01", "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd", "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \u2764\ufe0f \U0001f1e9\U0001f1ea", "\x00\x01\x1f\x7f\x9f",
    "\u202e rtl \u202c", "\ufffd\ue000\U000f0000", "<mask><mask> <mask>", " <mask>  ", "\u00e9<mask>\u00e9 b", "</s>NOTUSED",
    "x" * 300, "\u00e9" * 100, "e\u0301" * 50 + " great",
]
# In part what NFKC does, and runs that become a space or nothing.
RULES = {
    "\ufb01": "fi", "\ufb03": "ffi", "\uff21": "A", "\uff22": "B", "\uff41": "a", "\u00bd": "1\u20442", "\u2460": "1",
    "\u3314": "\u30ad\u30ed", "e\u0301": "\u00e9", "a\u030a": "\u00e5", "\u200b": "", "\u00a0": " ", "\u3000": " ", "\t": " ",
    "\n": " ", "\r": " ", "\uff0c": ",", "\uff01": "!", "\u1112\u1161\u11ab": "\ud55c", "\u1112\u1161": "\ud558",
}


def train():
    with tempfile.TemporaryDirectory() as folder:
        lines = [text for text in TEXTS + AWKWARD[:-3] if text.strip() and "<" not in text and "\n" not in text and "\0" not in text]
        (pathlib.Path(folder) / "texts").write_text("\n".join(lines))
        points = lambda text: " ".join(f"{ord(c):X}" for c in text)
        (pathlib.Path(folder) / "rules").write_text("".join(f"{points(a)}\t{points(b)}\n" for a, b in RULES.items()))
        sentencepiece.SentencePieceTrainer.train(
            input=f"{folder}/texts", model_prefix=f"{folder}/m", vocab_size=260, model_type="unigram", num_threads=1,
            character_coverage=0.99, hard_vocab_limit=False, normalization_rule_tsv=f"{folder}/rules", minloglevel=2)
        shutil.copy(f"{folder}/m.model", HERE / MODEL)


def converted(family):
    """What transformers makes of the SentencePiece model: the files by name."""
    with tempfile.TemporaryDirectory() as folder:
        write(folder, {"config.json": json.dumps({"model_type": family})}, [HERE / MODEL])
        AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
        return (pathlib.Path(folder) / "tokenizer.json").read_text()


def checkpoint(family, config, kind, name, shape, seed, files, copied):
    width, layers, heads, inner, positions = shape
    size = len(json.loads(converted(family))["model"]["vocab"])
    config = config(vocab_size=size, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
                    intermediate_size=inner, max_position_embeddings=positions + 2, type_vocab_size=1, layer_norm_eps=1e-5,
                    pad_token_id=1, bos_token_id=0, eos_token_id=2, initializer_range=0.2, **LABELLED)
    settings = {"tokenizer_class": kind.__name__.split("For")[0].removesuffix("Model") + "Tokenizer",
                "model_max_length": positions}
    golden.checkpoint(kind, config, seed, f"{family}-{name}", positions, TEXTS,
                      files | {"tokenizer_config.json": json.dumps(settings) + "\n"}, [HERE / file for file in copied])


def tokenizers():
    base = json.loads(converted("xlm-roberta"))
    fast = {"tokenizer_class": "PreTrainedTokenizerFast", "cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>"}

    def changed(**parts):
        return json.dumps(json.loads(json.dumps(base)) | parts)

    def metaspace(**settings):
        return {"type": "Metaspace", "replacement": "\u2581"} | settings

    def added(**settings):
        return [token | (settings if token["content"] == "<mask>" else {}) for token in base["added_tokens"]]

    pieces = base["model"]["vocab"]
    bytes_ = pieces[:5] + [[f"<0x{byte:02X}>", -20.0] for byte in range(256)] + pieces[5:]
    ids = {piece: id for id, (piece, _) in enumerate(bytes_)}
    with_bytes = changed(model=base["model"] | {"vocab": bytes_, "byte_fallback": True},
                         added_tokens=[token | {"id": ids[token["content"]]} for token in base["added_tokens"]],
                         pre_tokenizer=metaspace(prepend_scheme="first", split=False))
    spaces = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
    text = {"type": "Replace", "pattern": {"String": "\u00e9"}, "content": "ee"}
    settings = {
        "sentencepiece.bpe.model, by the model's type": ("xlm-roberta", {}, {}, [MODEL]),
        "sentencepiece.bpe.model, no space first": (
            "xlm-roberta", {"tokenizer_class": "XLMRobertaTokenizerFast", "add_prefix_space": False}, {}, [MODEL]),
        "sentencepiece.bpe.model, CamemBERT's order": ("camembert", {}, {}, [MODEL]),
        "tokenizer.json, by the class": (
            "camembert", {"tokenizer_class": "CamembertTokenizer"}, {"tokenizer.json": converted("camembert")}, []),
        "tokenizer.json alone, as converted": ("xlm-roberta", fast, {"tokenizer.json": changed()}, []),
        "tokenizer.json alone, spaces joined, a mask that takes them": ("xlm-roberta", fast, {"tokenizer.json": changed(
            normalizer={"type": "Sequence", "normalizers": [base["normalizer"], spaces, text]},
            pre_tokenizer=metaspace(prepend_scheme="always", split=True), added_tokens=added(lstrip=True))}, []),
        "tokenizer.json alone, bytes for what is unknown": ("xlm-roberta", fast, {"tokenizer.json": with_bytes}, []),
        "tokenizer.json alone, nothing normalised": ("xlm-roberta", fast, {"tokenizer.json": changed(
            normalizer=None, pre_tokenizer=metaspace(add_prefix_space=False, prepend_scheme="never"))}, []),
    }
    texts = AWKWARD + TEXTS[:6] + TEXTS[-8:-1]
    rng = random.Random(1)
    while len(texts) < 90:
        texts.append("".join(rng.choice(AWKWARD[4:-3])[:rng.randint(1, 9)] + rng.choice(["", " ", "  ", "\n"]) for _ in range(6)))
    directories = {}
    for name, (family, config, files, copied) in settings.items():
        files = files | {"tokenizer_config.json": json.dumps(config), "config.json": json.dumps({"model_type": family})}
        directories[name] = (files, [f"xlm-roberta/{name}" for name in copied])
    golden.variants(HERE / "tokenizers.json", texts, directories)


golden.versions()
train()
XLMR, CAMEMBERT = {"tokenizer.json": converted("xlm-roberta")}, {"tokenizer.json": converted("camembert")}
for arguments in [
    ("xlm-roberta", XLMRobertaConfig, XLMRobertaForSequenceClassification, "classifier", (32, 3, 4, 96, 200), 10, XLMR, []),
    ("xlm-roberta", XLMRobertaConfig, XLMRobertaForMaskedLM, "masked-lm", (48, 2, 3, 80, 120), 20, {}, [MODEL]),
    ("xlm-roberta", XLMRobertaConfig, XLMRobertaModel, "model", (20, 4, 2, 52, 60), 30, XLMR, []),
    ("camembert", CamembertConfig, CamembertForSequenceClassification, "classifier", (24, 2, 4, 64, 150), 40, {}, [MODEL]),
    ("camembert", CamembertConfig, CamembertForMaskedLM, "masked-lm", (32, 2, 2, 96, 100), 50, CAMEMBERT, []),
    ("camembert", CamembertConfig, CamembertModel, "model", (16, 3, 2, 40, 80), 60, CAMEMBERT, []),
]:
    checkpoint(*arguments)
tokenizers()
