# SPDX-License-Identifier: Apache-2.0
"""Writes MPNet's reference outputs: what transformers and PyTorch make of small random checkpoints.

    python make_golden.py

Made with transformers 5.24.0, tokenizers 0.23.3, PyTorch 2.15.0, f32. Beside this script:

buckets.json         the bucket of the relative attention bias for each distance from -600 to 600.
tokenizers.json      directories that differ in their settings; ids and decoded ids of each by AutoTokenizer.
../mpnet-*           directories with an expected.json, as those of the other families (see ../README.md).

and in ../../../TrainingTests/Golden/mpnet a classifier and a masked LM, each with the losses and gradient norms of AdamW
steps: no dropout, no schedule, no clipping, decay on every parameter. The vocabulary is that of ../bert-classifier with
MPNet's special tokens; biases and norms are random as well, so that none can be left out unnoticed.
"""

import json
import pathlib
import shutil
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import golden
import torch
from golden import GOLDEN, LABELLED, randomise
from transformers import (AutoTokenizer, MPNetConfig, MPNetForMaskedLM, MPNetForSequenceClassification, MPNetModel,
                          MPNetTokenizer)
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

HERE = pathlib.Path(__file__).parent.resolve()
TRAINING = GOLDEN.parent.parent / "TrainingTests/Golden/mpnet"
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
pieces = (GOLDEN / "bert-classifier/vocab.txt").read_text().splitlines()
assert pieces[:5] == BERT
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "[UNK]"] + pieces[5:] + ["<mask>"]
TEXTS = golden.TEXTS + [
    "<mask>", "a <mask> b", "so<mask>, not", "is this <pad> counted? <pad>", "<s> in </s> the text [UNK] <unk> <UNK>",
    "great and sad, " * 60,
]


def config(layers, positions):
    return MPNetConfig(vocab_size=len(PIECES), hidden_size=32, num_hidden_layers=layers, num_attention_heads=4,
                       intermediate_size=96, max_position_embeddings=positions + 2, layer_norm_eps=1e-5,
                       initializer_range=0.2, **LABELLED)


def save(model, folder):
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    MPNetTokenizer.from_pretrained(folder, model_max_length=model.config.max_position_embeddings - 2).save_pretrained(folder)
    (folder / "vocab.txt").unlink(missing_ok=True)


def steps(model, batches, loss):
    """Losses and gradient norms of steps of AdamW, and the norm of each parameter's gradient at the first."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.01)
    out = []
    for batch in batches:
        optimiser.zero_grad()
        value = loss(batch)
        value.backward()
        gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
        step = {"loss": value.item(), "gradient_norm": torch.stack([g.norm() for g in gradients.values()]).norm().item()}
        if not out:
            step["gradient_norm_per_parameter"] = {name: g.norm().item() for name, g in gradients.items()}
        out.append(step)
        optimiser.step()
    return out


def training():
    shutil.rmtree(TRAINING, ignore_errors=True)
    texts = [text for text in TEXTS if text and "<" not in text]
    torch.manual_seed(1)
    model = randomise(MPNetForSequenceClassification(config(2, 160)), 2)
    save(model, TRAINING / "classifier")
    tokenizer = AutoTokenizer.from_pretrained(TRAINING / "classifier")
    batches = [[(texts[(5 * step + i) % len(texts)], (step + i) % 3) for i in range(5)] for step in range(4)]

    def classify(batch):
        encoded = tokenizer([text for text, _ in batch], truncation=True, max_length=160, padding=True, return_tensors="pt")
        return model(**encoded, labels=torch.tensor([label for _, label in batch])).loss

    out = steps(model, batches, classify)
    for step, batch in zip(out, batches):
        step |= {"texts": [text for text, _ in batch], "labels": [label for _, label in batch]}
    (TRAINING / "classifier/expected.json").write_text(json.dumps({"steps": out}) + "\n")

    torch.manual_seed(3)
    masked = randomise(MPNetForMaskedLM(config(2, 160)), 4)
    save(masked, TRAINING / "masked-lm")
    batches = []
    for step in range(4):
        ids = [tokenizer(texts[(4 * step + i) % len(texts)], truncation=True, max_length=160)["input_ids"] for i in range(4)]
        masked_ids = [[len(PIECES) - 1 if at % 4 == 2 and at < len(row) - 1 else id for at, id in enumerate(row)] for row in ids]
        labels = [[id if at % 4 == 2 and at < len(row) - 1 else -100 for at, id in enumerate(row)] for row in ids]
        batches.append((masked_ids, labels))

    def guess(batch):
        pad = lambda rows, value: torch.tensor([row + [value] * (max(map(len, rows)) - len(row)) for row in rows])
        ids = pad(batch[0], 1)
        return masked(input_ids=ids, attention_mask=(pad([[1] * len(row) for row in batch[0]], 0)),
                      labels=pad(batch[1], -100)).loss

    out = steps(masked, batches, guess)
    for step, (ids, labels) in zip(out, batches):
        step |= {"input_ids": ids, "labels": labels}
    (TRAINING / "masked-lm/expected.json").write_text(json.dumps({"steps": out}) + "\n")


def tokenizers():
    named = dict(tokenizer_class="MPNetTokenizer", do_lower_case=True, mask_token="<mask>", pad_token="<pad>",
                 unk_token="[UNK]", cls_token="<s>", sep_token="</s>", bos_token="<s>", eos_token="</s>")
    mask = dict(content="<mask>", single_word=False, lstrip=False, rstrip=True, normalized=False, special=True,
                __type="AddedToken")
    base = json.loads((GOLDEN / "mpnet-classifier/tokenizer.json").read_text())
    template = json.loads(json.dumps(base))
    frame = [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
             {"SpecialToken": {"id": "</s>", "type_id": 0}}]
    template["post_processor"] = {"type": "TemplateProcessing", "single": frame, "pair": frame + [
        {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
        "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for i, t in ((0, "<s>"), (2, "</s>"))}}
    plain = json.loads(json.dumps(base))
    for token in plain["added_tokens"]:
        token["lstrip"] = False
    settings = {
        "vocab.txt, by the model's type": ({}, None, None),
        "vocab.txt, by the class": (named, None, None),
        "vocab.txt, cased": (named | {"do_lower_case": False}, None, None),
        "vocab.txt, a mask of its own": (named | {"mask_token": mask}, None, None),
        "vocab.txt, special_tokens_map.json": ({"tokenizer_class": "MPNetTokenizerFast"}, None, {"mask_token": mask}),
        "tokenizer.json, by the class": (named, base, None),
        "tokenizer.json, its mask strips nothing": (named, plain, None),
        "tokenizer.json alone": ({"tokenizer_class": "PreTrainedTokenizerFast", "mask_token": "<mask>"}, base, None),
        "tokenizer.json alone, by a template": ({"tokenizer_class": "TokenizersBackend", "mask_token": "<mask>"}, template, None),
    }
    texts = TEXTS[-8:] + TEXTS[3:6] + ["A <mask>  <mask>B", "<MASK> <Mask>", "x</s>y <pad>", "  <mask>", "[MASK] [CLS]"]
    out = []
    for name, (named_in, file, map_file) in settings.items():
        files = {"tokenizer_config.json": json.dumps(named_in)}
        if file:
            # The test puts the vocabulary in.
            files["tokenizer.json"] = json.dumps(file | {"model": file["model"] | {"vocab": {}}})
        if map_file:
            files["special_tokens_map.json"] = json.dumps(map_file)
        with tempfile.TemporaryDirectory() as folder:
            for path, content in files.items():
                (pathlib.Path(folder) / path).write_text(json.dumps(file) if path == "tokenizer.json" else content)
            (pathlib.Path(folder) / "config.json").write_text('{"model_type": "mpnet"}')
            if not file:
                (pathlib.Path(folder) / "vocab.txt").write_text("\n".join(PIECES) + "\n")
            tokenizer = AutoTokenizer.from_pretrained(folder)
        ids = [tokenizer(text)["input_ids"] for text in texts]
        out.append({"name": name, "files": files, "ids": ids, "decoded": [
            {"text": tokenizer.decode(row), "skipped": tokenizer.decode(row, skip_special_tokens=True)} for row in ids]})
    (HERE / "tokenizers.json").write_text(
        json.dumps({"pieces": PIECES, "texts": texts, "variants": out}, ensure_ascii=True) + "\n")


golden.versions()
distances = torch.arange(-600, 601)
buckets = MPNetEncoder.relative_position_bucket(distances, num_buckets=32)
(HERE / "buckets.json").write_text(json.dumps(buckets.tolist()) + "\n")
for name, kind, positions, seed in [("classifier", MPNetForSequenceClassification, 200, 10),
                                    ("masked-lm", MPNetForMaskedLM, 200, 20), ("model", MPNetModel, 200, 30)]:
    torch.manual_seed(seed)
    model = randomise(kind(config(3, positions)), seed + 1)
    folder = GOLDEN / f"mpnet-{name}"
    save(model, folder)
    golden.expected(model, folder, positions, TEXTS)
training()
tokenizers()
