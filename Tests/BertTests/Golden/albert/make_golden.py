# SPDX-License-Identifier: Apache-2.0
"""Writes ALBERT's reference outputs: what transformers and PyTorch make of small random checkpoints.

    python make_golden.py

Made with transformers 5.24.0, tokenizers 0.23.3, sentencepiece 0.2.3, PyTorch 2.13.0, f32. Beside this script:

spiece.model         a unigram model with ALBERT's special pieces and some that are user-defined, trained on the texts.
tokenizers.json      directories that differ in their files and settings, and for each the ids, places and decoded ids of
                     every text by AutoTokenizer.
../albert-*          directories in three shapes with an expected.json, as those of the other families (see ../README.md);
                     some have a tokenizer.json, some the SentencePiece model alone: one block for all layers, two for five
                     layers, and embeddings as wide as the blocks.

and in ../../../TrainingTests/Golden/albert a classifier and a masked LM to take gradients of.
"""

import json
import pathlib
import shutil
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import golden
import sentencepiece
import torch
from golden import AWKWARD, GOLDEN, LABELLED

torch.set_num_threads(1)
from transformers import AlbertConfig, AlbertForMaskedLM, AlbertForSequenceClassification, AlbertModel, AutoTokenizer

HERE = pathlib.Path(__file__).parent.resolve()
TRAINING = GOLDEN.parent.parent / "TrainingTests/Golden/albert"
MODEL = HERE / "spiece.model"
TEXTS = golden.TEXTS[:16] + ["[MASK]", "one [MASK] two", "so[MASK], not", "``Quotes'' (or not) - \u00c9T\u00c9", "great and sad, " * 60]
RULES = {"\ufb01": "fi", "\uff21": "A", "\u00bd": "1\u20442", "\u3314": "\u30ad\u30ed", "\u200b": "", "\u3000": " ", "\t": " "}


def train():
    with tempfile.TemporaryDirectory() as folder:
        lines = [text.lower() for text in TEXTS + AWKWARD[:-3] if text.strip() and "[" not in text and "\n" not in text and "\0" not in text]
        points = lambda text: " ".join(f"{ord(c):X}" for c in text)
        golden.write(folder, {"texts": "\n".join(lines), "rules": "".join(f"{points(a)}\t{points(b)}\n" for a, b in RULES.items())})
        sentencepiece.SentencePieceTrainer.train(
            input=f"{folder}/texts", model_prefix=f"{folder}/m", vocab_size=280, model_type="unigram", num_threads=1,
            character_coverage=0.99, hard_vocab_limit=False, normalization_rule_tsv=f"{folder}/rules", minloglevel=2,
            pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]", "[MASK]"],
            user_defined_symbols=["(", ")", "-"])
        shutil.copy(f"{folder}/m.model", MODEL)


def converted(**settings):
    """What transformers makes of the SentencePiece model: the files by name."""
    with tempfile.TemporaryDirectory() as folder:
        golden.write(folder, {"config.json": json.dumps({"model_type": "albert"})}, [MODEL])
        AutoTokenizer.from_pretrained(folder, **settings).save_pretrained(folder)
        return {name: (pathlib.Path(folder) / name).read_text() for name in ("tokenizer.json", "tokenizer_config.json")}


def config(embedding, width, layers, groups, heads, inner, positions, **settings):
    size = len(json.loads(FILES["tokenizer.json"])["model"]["vocab"])
    return AlbertConfig(vocab_size=size, embedding_size=embedding, hidden_size=width, num_hidden_layers=layers,
                        num_hidden_groups=groups, num_attention_heads=heads, intermediate_size=inner,
                        max_position_embeddings=positions, initializer_range=0.2, **LABELLED, **settings)


golden.versions()
train()
FILES = converted()
own = lambda positions, **settings: {"tokenizer_config.json": json.dumps(
    {"tokenizer_class": "AlbertTokenizer", "model_max_length": positions} | settings) + "\n"}
for name, kind, shape, settings, seed, files, copied in [
    ("classifier", AlbertForSequenceClassification, (18, 32, 4, 1, 4, 72, 120), {}, 10, own(120), [MODEL]),
    ("masked-lm", AlbertForMaskedLM, (16, 21, 5, 2, 3, 50, 100), {"hidden_act": "gelu"}, 20,
     own(100) | {"tokenizer.json": FILES["tokenizer.json"]}, []),
    ("model", AlbertModel, (24, 24, 3, 3, 2, 40, 80), {}, 30, own(80), [MODEL]),
]:
    golden.checkpoint(kind, config(*shape, **settings), seed, f"albert-{name}", shape[-1], TEXTS, files, copied)
for name, kind, seed in [("classifier", AlbertForSequenceClassification, 40), ("masked-lm", AlbertForMaskedLM, 50)]:
    torch.manual_seed(seed)
    folder = TRAINING / name
    shutil.rmtree(folder, ignore_errors=True)
    golden.randomise(kind(config(12, 20, 4, 2, 2, 36, 160)), seed + 1).save_pretrained(folder)
    golden.write(folder, own(160), [MODEL])

albert = {"config.json": json.dumps({"model_type": "albert"})}
fast = lambda file, **settings: albert | {
    "tokenizer.json": json.dumps(file),
    "tokenizer_config.json": json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "cls_token": "[CLS]", "sep_token": "[SEP]",
                                         "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "[MASK]"} | settings)}
base = json.loads(FILES["tokenizer.json"])
spaces = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
stripping = json.loads(json.dumps(base))
stripping["normalizer"]["normalizers"].append(spaces)
stripping["pre_tokenizer"] = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
for token in stripping["added_tokens"]:
    token["lstrip"] = token["content"] == "[MASK]"
stripping["added_tokens"] = [token for token in stripping["added_tokens"] if token["content"] not in "()-"]
# What is user-defined, but not special, transformers lists here when it saves.
saved = json.loads(FILES["tokenizer_config.json"])
saved.pop("extra_special_tokens")
lower = json.loads(json.dumps(base))
lower["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "Lowercase"}, {"type": "StripAccents"}, {"type": "NFKD"}]}
golden.variants(HERE / "tokenizers.json", AWKWARD + TEXTS[:4] + TEXTS[-5:-1], {
    "spiece.model, by the model's type": (albert, ["albert/spiece.model"]),
    "spiece.model, cased": (albert | own(512, do_lower_case=False), ["albert/spiece.model"]),
    "spiece.model, with accents": (albert | own(512, keep_accents=True, add_prefix_space=False), ["albert/spiece.model"]),
    "tokenizer.json, as saved": (albert | FILES | {"tokenizer_config.json": json.dumps(saved)}, []),
    "tokenizer.json alone, as the first conversion had it": (fast(stripping), []),
    "tokenizer.json alone, other steps in another order": (fast(lower), []),
})
