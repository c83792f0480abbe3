# SPDX-License-Identifier: Apache-2.0
"""Writes DeBERTa-v2's reference outputs: what transformers and PyTorch make of small random checkpoints.

    python make_golden.py

Made with transformers 5.24.0, tokenizers 0.23.3, sentencepiece 0.2.3, PyTorch 2.13.0, f32. Beside this script:

spm.model            a unigram model with DeBERTa's special pieces, trained on the texts.
tokenizers.json      directories that differ in their files and settings, and for each the ids, places and decoded ids of
                     every text by AutoTokenizer.
rows.json            {buckets, farthest, distances, rows}: which row of the table of relative positions a distance has.
../deberta-*         directories in three shapes with an expected.json, as those of the other families (see ../README.md): as
                     v3 is, with buckets and one table for all layers' projections; as v2 may be, with projections of its own,
                     positions in the embeddings, and token types; and without buckets.
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
from transformers import (AutoTokenizer, DebertaV2Config, DebertaV2ForMaskedLM, DebertaV2ForSequenceClassification,
                          DebertaV2Model)
from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

HERE = pathlib.Path(__file__).parent.resolve()
MODEL = HERE / "spm.model"
TEXTS = golden.TEXTS[:16] + ["[MASK]", "one [MASK] two", "so[MASK], not", "Tabs\tand\n\nlines \r\n here  ", "great and sad, " * 60]
SPACES = ["a \u00a0b", "a\u2003\u2003b", "a\u3000b", "\ta\t", "a\u0085b\u0085\u0085c", "  a  b  ", "\u1112\u1161\u11ab\u11ab \ud55c\u11a8",
          "a\u0328\u0301\u0323 q\u0323\u0307 \u0344 \u2126\u212b \u0958 \u1e9b\u0323", "\u0301\u0301a\u0301\u0301", "x \u0301"]


def train():
    with tempfile.TemporaryDirectory() as folder:
        lines = [text for text in TEXTS + AWKWARD[:-3] if text.strip() and "[" not in text and "\n" not in text and "\0" not in text]
        golden.write(folder, {"texts": "\n".join(lines)})
        sentencepiece.SentencePieceTrainer.train(
            input=f"{folder}/texts", model_prefix=f"{folder}/m", vocab_size=290, model_type="unigram", num_threads=1,
            character_coverage=0.99, hard_vocab_limit=False, minloglevel=2, pad_id=0, bos_id=1, eos_id=2, unk_id=3,
            pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]")
        shutil.copy(f"{folder}/m.model", MODEL)


def converted(**settings):
    """What transformers makes of the SentencePiece model: the files by name."""
    with tempfile.TemporaryDirectory() as folder:
        golden.write(folder, {"config.json": json.dumps({"model_type": "deberta-v2"})}, [MODEL])
        AutoTokenizer.from_pretrained(folder, **settings).save_pretrained(folder)
        return {name: (pathlib.Path(folder) / name).read_text() for name in ("tokenizer.json", "tokenizer_config.json")}


def config(width, layers, heads, inner, positions, **settings):
    size = len(json.loads(FILES["tokenizer.json"])["model"]["vocab"]) + 8
    return DebertaV2Config(vocab_size=size, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
                           intermediate_size=inner, max_position_embeddings=positions, initializer_range=0.2,
                           relative_attention=True, **LABELLED, **settings)


golden.versions()
train()
FILES = converted()
own = lambda positions, **settings: {"tokenizer_config.json": json.dumps(
    {"tokenizer_class": "DebertaV2Tokenizer", "model_max_length": positions, "do_lower_case": False, "vocab_type": "spm"} | settings) + "\n"}
v3 = dict(position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type="p2c|c2p",
          position_biased_input=False, max_relative_positions=-1)
for name, kind, shape, settings, seed, files, copied in [
    ("classifier", DebertaV2ForSequenceClassification, (32, 3, 4, 72, 120), v3, 10,
     own(120), [MODEL]),
    ("masked-lm", DebertaV2ForMaskedLM, (21, 2, 3, 50, 100),
     dict(pos_att_type=["c2p", "p2c"], type_vocab_size=2, layer_norm_eps=1e-5), 20,
     own(100) | {"tokenizer.json": FILES["tokenizer.json"]}, []),
    ("model", DebertaV2Model, (24, 2, 2, 40, 80), v3 | dict(position_buckets=-1, max_relative_positions=30), 30,
     {"tokenizer.json": FILES["tokenizer.json"], "tokenizer_config.json": FILES["tokenizer_config.json"]}, []),
]:
    golden.checkpoint(kind, config(*shape, **settings), seed, f"deberta-{name}", shape[-1], TEXTS, files, copied)

rows = []
for buckets, farthest in [(256, 512), (8, 120), (32, 128), (6, 40)]:
    distances = torch.arange(-600, 601)
    found = make_log_bucket_position(distances, buckets, farthest).long()
    rows.append({"buckets": buckets, "farthest": farthest, "distances": distances.tolist(),
                 "rows": torch.clamp(found + buckets, 0, 2 * buckets - 1).tolist()})
(HERE / "rows.json").write_text(json.dumps(rows, separators=(",", ":")) + "\n")

deberta = {"config.json": json.dumps({"model_type": "deberta-v2"})}
fast = lambda file, **settings: deberta | {
    "tokenizer.json": json.dumps(file),
    "tokenizer_config.json": json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "cls_token": "[CLS]", "sep_token": "[SEP]",
                                         "unk_token": "[UNK]", "pad_token": "[PAD]", "mask_token": "[MASK]"} | settings)}
base = json.loads(FILES["tokenizer.json"])
# As the first conversions had it.
former = json.loads(json.dumps(base))
former["normalizer"] = {"type": "Sequence", "normalizers": [
    {"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "NFC"},
    {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]}
former["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [
    {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}]}
golden.variants(HERE / "tokenizers.json", AWKWARD + SPACES + TEXTS[:4] + TEXTS[-5:-1], {
    "spm.model, by the model's type": (deberta, ["deberta/spm.model"]),
    "spm.model, in lower case": (deberta | own(512, do_lower_case=True), ["deberta/spm.model"]),
    "spm.model, without a space in front": (deberta | own(512, add_prefix_space=False), ["deberta/spm.model"]),
    "tokenizer.json, as saved": (deberta | FILES, []),
    "tokenizer.json alone, as saved": (fast(base), []),
    "tokenizer.json alone, as the first conversion had it": (fast(former), []),
})
