# SPDX-License-Identifier: Apache-2.0
"""Writes ModernBERT's reference outputs: what transformers and PyTorch make of small random checkpoints.

    python make_golden.py

Made with transformers 5.24.0, tokenizers 0.23.3, PyTorch 2.13.0, f32. Beside this script:

tokenizer.json       a byte-level BPE as ModernBERT's, with NFC before it, trained on the texts.
tokenizers.json      directories that differ in their settings, and for each the ids, places and decoded ids of every text by
                     AutoTokenizer.
../modernbert-*      directories in three shapes with an expected.json, as those of the other families (see ../README.md): with
                     the mean over all tokens as what is classified, and config.json as the first ones were; with biases
                     everywhere; and with other thetas, every second layer being global.
"""

import json
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import golden
import torch
from golden import AWKWARD, GOLDEN, LABELLED

torch.set_num_threads(1)
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import ModernBertConfig, ModernBertForMaskedLM, ModernBertForSequenceClassification, ModernBertModel

HERE = pathlib.Path(__file__).parent.resolve()
TEXTS = golden.TEXTS[:16] + ["[MASK]", "one [MASK] two", "so[MASK], not", "Tabs\tand\n\nlines  here", "great and sad, " * 60]
COMPOSED = ["\u1112\u1161\u11ab\u11ab \ud55c\u11a8", "a\u0328\u0301\u0323 q\u0323\u0307 \u0344 \u2126\u212b \u0958 \u1e9b\u0323", "\u0301\u0301a\u0301\u0301", "x \u0301"]
SPECIAL = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  show_progress=False)
    tokenizer.train_from_iterator(TEXTS + AWKWARD[:-3], trainer)
    tokenizer.add_special_tokens([AddedToken("[MASK]", lstrip=True, normalized=False, special=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    tokenizer.save(str(HERE / "tokenizer.json"))
    # What a text may hold as it is, once normalised: ModernBERT has such tokens, for runs of spaces among others.
    with_normalised = Tokenizer.from_file(str(HERE / "tokenizer.json"))
    with_normalised.add_tokens([AddedToken("|||EMAIL|||", normalized=True), AddedToken("   ", normalized=True),
                                AddedToken("\u00e9\u00e9", normalized=True)])
    return with_normalised.to_str()


def config(width, layers, heads, inner, positions, **settings):
    return ModernBertConfig(vocab_size=SIZE + 5, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
                            intermediate_size=inner, max_position_embeddings=positions, initializer_range=0.2, pad_token_id=3,
                            cls_token_id=1, sep_token_id=2, bos_token_id=1, eos_token_id=2, **LABELLED, **settings)


golden.versions()
WITH_NORMALISED = train()
SIZE = len(json.loads((HERE / "tokenizer.json").read_text())["model"]["vocab"])
own = lambda positions, **settings: {"tokenizer_config.json": json.dumps(
    {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": positions, "cls_token": "[CLS]", "sep_token": "[SEP]",
     "unk_token": "[UNK]", "pad_token": "[PAD]", "mask_token": "[MASK]"} | settings) + "\n"}
for name, kind, shape, settings, seed in [
    ("classifier", ModernBertForSequenceClassification, (32, 5, 4, 24, 120), {"classifier_pooling": "mean", "local_attention": 16}, 10),
    ("masked-lm", ModernBertForMaskedLM, (24, 4, 3, 38, 100),
     dict(norm_bias=True, attention_bias=True, mlp_bias=True, classifier_bias=True, local_attention=10, norm_eps=1e-4), 20),
    ("model", ModernBertModel, (20, 4, 2, 30, 400),
     dict(local_attention=64, layer_types=["full_attention", "sliding_attention"] * 2,
          rope_parameters={"full_attention": {"rope_type": "default", "rope_theta": 5000.0},
                           "sliding_attention": {"rope_type": "default", "rope_theta": 300.0}}), 30),
]:
    golden.checkpoint(kind, config(*shape, **settings), seed, f"modernbert-{name}", shape[-1], TEXTS, own(shape[-1]),
                      [HERE / "tokenizer.json"])

# The first directories on the hub have other keys for the same.
path = GOLDEN / "modernbert-classifier/config.json"
former = json.loads(path.read_text())
for key in ("rope_parameters", "layer_types"):
    former.pop(key)
former |= {"global_attn_every_n_layers": 3, "global_rope_theta": 160000.0, "local_rope_theta": 10000.0, "layer_norm_eps": 1e-05,
           "position_embedding_type": "absolute"}
path.write_text(json.dumps(former, indent=2) + "\n")

modern = {"config.json": json.dumps({"model_type": "modernbert"})}
golden.variants(HERE / "tokenizers.json", AWKWARD + COMPOSED + TEXTS[:4] + TEXTS[-5:-1]
                + ["a|||EMAIL|||b   c", "e\u0301e\u0301e\u0301 \u00e9\u00e9", "    "], {
    "tokenizer.json alone": (modern | own(512), ["modernbert/tokenizer.json"]),
    "tokenizer.json with tokens of the normalised text": (modern | own(512) | {"tokenizer.json": WITH_NORMALISED}, []),
})
