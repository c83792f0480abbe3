# SPDX-License-Identifier: Apache-2.0
"""What the make_golden.py scripts of the model families share. A script imports it as

    sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
    import golden

`versions()` says with which packages references were made; random numbers depend on PyTorch's.
"""

import json
import os
import pathlib
import shutil
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import tokenizers
import torch
import transformers
from transformers import AutoTokenizer

GOLDEN = pathlib.Path(__file__).parent.resolve()
LABELS = ["negative", "neutral", "positive"]
LABELLED = dict(id2label=dict(enumerate(LABELS)), label2id={label: i for i, label in enumerate(LABELS)})
TEXTS = [case["text"] for case in json.loads((GOLDEN / "bert-classifier/expected.json").read_text())]
# What BERT's tokenizer and those from SentencePiece find hard: spaces, marks, scripts, compositions, added tokens.
AWKWARD = [
    "", " ", "\n", "   ", "\u2581", "\u2581\u2581 \u2581", "  a", "a  ", "\n\na", " \n a", "a \n", "a\u00a0b\u3000c\td", "Hello  world",
    "\ufb01ne o\ufb03ce \uff21\uff22\uff41 \u00bd \u2460 \u3314", "e\u0301a\u030a\u0323 \u00e9 \u1e69 \u1e0b\u0323", "\u200ba\u200b \u200b", "\u200b", "\r\n\r\n",
    "\u0301a", " \u0301", "\u0301\u0323 \u0345\u0301", "\u0130\u0131 \u1e9e \u03a3\u03a3 \u01c5", "\u212b \u2126 \uf900 \u1d400", "\u0e33 \u0f77 \u0958",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!", "\u4f60\u597d\uff0c\u4e16\u754c\uff01", "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd", "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \u2764\ufe0f \U0001f1e9\U0001f1ea", "\x00\x01\x1f\x7f\x9f",
    "\u202e rtl \u202c", "\ufffd\ue000\U000f0000", "``quoted'' ''' ```", "it's Not SO bad - really (ok)!", "[CLS] [SEP]", "a[MASK]b  [MASK] c",
    " [MASK]  ", "<unk><pad>", "<mask> </s>", "x" * 300, "\u00e9" * 100, "e\u0301" * 50 + " great",
]


def versions():
    print(f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}, PyTorch {torch.__version__}")


def write(folder, files, copied=()):
    """Files by their names and contents, and copies of others."""
    for name, content in files.items():
        (pathlib.Path(folder) / name).write_text(content)
    for path in copied:
        shutil.copy(path, pathlib.Path(folder) / pathlib.Path(path).name)


def randomise(model, seed):
    """Biases and norms are random as well, so that none can be left out unnoticed."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.2 * torch.randn_like(parameter))
    return model.eval()


def expected(model, folder, positions, texts):
    """Writes expected.json: per text the ids, per layer the mean over positions and the first position's hidden state, and
    what the head makes of them."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    out = []
    for text in texts:
        encoded = tokenizer(text, truncation=True, max_length=positions, return_tensors="pt")
        with torch.no_grad():
            result = model(**encoded, output_hidden_states=True)
        case = {"text": text, "input_ids": encoded["input_ids"][0].tolist(),
                "hidden_mean_per_layer": [state[0].mean(0).tolist() for state in result.hidden_states],
                "cls_per_layer": [state[0, 0].tolist() for state in result.hidden_states]}
        if "ForSequenceClassification" in type(model).__name__:
            case["logits"] = result.logits[0].tolist()
            case["scores"] = result.logits[0].softmax(-1).tolist()
        elif "ForMaskedLM" in type(model).__name__:
            best = result.logits[0, :3].topk(5)
            case["logits_first_three_positions_top5"] = [
                [[i, v] for i, v in zip(ids, values)] for ids, values in zip(best.indices.tolist(), best.values.tolist())]
            case["logsumexp_per_position"] = result.logits[0].logsumexp(-1).tolist()
        out.append(case)
    (folder / "expected.json").write_text(json.dumps(out, ensure_ascii=True) + "\n")


def checkpoint(kind, config, seed, name, positions, texts, files, copied=()):
    """Writes a directory beside this file: a random model of a class with the files of its tokenizer, and expected.json."""
    torch.manual_seed(seed)
    model = randomise(kind(config), seed + 1)
    folder = GOLDEN / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    write(folder, files, copied)
    expected(model, folder, positions, texts)


def variants(path, texts, settings):
    """Writes what AutoTokenizer makes of texts in each of several directories, for `TokenizerGolden`.

    `settings`: name -> (files by name, paths of files that are copied, as they lie in this folder).
    """
    out = []
    for name, (files, copied) in settings.items():
        with tempfile.TemporaryDirectory() as folder:
            write(folder, files, [GOLDEN / path for path in copied])
            tokenizer = AutoTokenizer.from_pretrained(folder)
        found = tokenizer(texts, return_offsets_mapping=True)
        out.append({"name": name, "files": files, "copied": list(copied), "ids": found["input_ids"],
                    "places": [[n for place in row[1:-1] for n in place] for row in found["offset_mapping"]],
                    "decoded": [{"text": tokenizer.decode(row), "skipped": tokenizer.decode(row, skip_special_tokens=True)}
                                for row in found["input_ids"]]})
    path.write_text(json.dumps({"texts": texts, "variants": out}, ensure_ascii=True, separators=(",", ":")) + "\n")
