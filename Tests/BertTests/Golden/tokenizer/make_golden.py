# SPDX-License-Identifier: Apache-2.0
"""Writes scalars.json and variants.json beside it: what transformers and tokenizers answer, for the tests to compare.

    python make_golden.py

scalars.json   FNV-1a digests over all Unicode scalars, in blocks of 0x4000: of the normalised text for some sets of
               switches, and of the ids that show how BertPreTokenizer cuts.
variants.json  texts of awkward scalars (seeded), directories that differ in their settings, and for each of them the
               ids of every text and some decoded ids, by AutoTokenizer.from_pretrained.
places.json    for each of the directories and texts where in the text each id stands, by return_offsets_mapping: beginning
               and end, and so on.
tokens.jsonl and uncased/ are bert-base-uncased's: text and ids cut at 128 tokens, the vocabulary, the config.
"""
import json
import os
import random
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import tokenizers
import transformers
from tokenizers import normalizers, pre_tokenizers

SEED = 20
BLOCK = 0x4000
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
VERSIONS = f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}"


def digest(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def blocks(each):
    for start in range(0, 0x110000, BLOCK):
        yield "".join(each(chr(c)) for c in range(start, start + BLOCK) if not 0xD800 <= c < 0xE000)


def scalars():
    out = {"made_with": VERSIONS, "block": BLOCK, "normalised": {}, "words": []}
    for switches in ("1111", "1100", "1101", "0010", "0001"):
        normalise = normalizers.BertNormalizer(*(s == "1" for s in switches)).normalize_str
        out["normalised"][switches] = [digest(normalise(text).encode()) for text in blocks(lambda c: c + "x")]
    model = tokenizers.models.WordPiece({"[UNK]": 0, "a": 1, "b": 2, "##b": 3}, unk_token="[UNK]")
    cutter = tokenizers.Tokenizer(model)
    cutter.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    out["words"] = [digest(bytes(cutter.encode(text).ids)) for text in blocks(lambda c: f"a{c}b ")]
    return out


def pools():
    strip = normalizers.BertNormalizer(False, False, True, False).normalize_str
    stripped = {c: strip(chr(c)) for c in SCALARS if not 0xAC00 <= c <= 0xD7A3}
    dropped = [c for c, s in stripped.items() if s == ""]
    changed = [c for c, s in stripped.items() if s not in ("", chr(c))]
    several = [c for c in changed if len(stripped[c]) > 1]
    kept = [c for c in SCALARS if 0x8D4 <= c <= 0x8E0 or 0x1D165 <= c <= 0x1D172 or 0x1E000 <= c <= 0x1E02A]
    kept += [0x1B44, 0x1BAA, 0x302E, 0x302F, 0xA953, 0xA9C0, 0x1DFB] * 3
    cased = [c for c in SCALARS if chr(c).lower() != chr(c)]
    odd = [0x130, 0x131, 0xDF, 0x1E9E, 0x3A3, 0x3C2, 0x345, 0x340, 0x344, 0xF73, 0x212B, 0x3099, 0x309A, 0x304B, 0x30AB,
           0x200D, 0x1F600, 0xFE0F, 0xFFFD, 0xFEFF, 0, 1, 0x7F, 0x85, 0xA0, 0x1680, 0x2028, 0x3000, 0x16EA2]
    return [kept, kept, dropped, changed, several, cased, odd, odd, list(range(0x20, 0x7F)), list(range(0x61, 0x7B)),
            list(range(0x61, 0x7B)), list(range(0x80)), list(range(0xAC00, 0xD7A4)), list(range(0x1100, 0x1200)),
            list(range(0x4E00, 0x9FFF)), list(range(0xF900, 0xFB00)), list(range(0x2000, 0x2070))]


def texts(random, pools, count):
    words = ["[MASK]", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[mask]", "[MAS", "[[MASK]]", "don't", "hello", "World", "do not",
             " ", "  [SEP] ", "xyz", " xy ", "covid", "COVID", "New York", "new  york", "\u4e2d", "\u4e2d\u6587", "\u00e9"]
    out = ["", " ", "[MASK]", "a[MASK]b", "Hello, World!", "\u0130\u00df\u03a3\u03a3", "\u304b\u3099\u304c", "\ud55c\uae00"]
    while len(out) < count:
        text = ""
        for _ in range(random.choice([1, 2, 3, 5, 8])):
            pick = random.random()
            if pick < 0.25:
                text += random.choice(words)
            elif pick < 0.28:
                text += chr(random.choice(random.choice(pools))) * random.choice([99, 100, 101])
            else:
                pool = random.choice(pools)
                text += "".join(chr(random.choice(pool if random.random() < 0.7 else random.choice(pools)))
                                for _ in range(random.randint(1, 5)))
        out.append(text)
    return out


def variants():
    rng = random.Random(SEED)
    pool = pools()
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [chr(c) for c in range(33, 127)]
    pieces += ["##" + chr(c) for c in range(97, 123)] + ["hello", "world", "don", "do", "not", "'", "new", "york"]
    lowered = normalizers.BertNormalizer().normalize_str
    cases = texts(rng, pool, 300)
    for text in cases:
        for form in (text, lowered(text)):
            for _ in range(3):
                start = rng.randrange(len(form) + 1)
                cut = form[start:start + rng.choice([1, 1, 1, 2, 3])]
                if cut and not any(c.isspace() or c in "\x1c\x1d\x1e\x1f\x85" for c in cut):
                    pieces += [cut, "##" + cut]
    pieces = [piece for piece in dict.fromkeys(pieces) if piece not in ("\u4e2d", "\u4e2d\u6587", "[MAS", "hell", "covid")]
    count = len(pieces)

    def added(content, index, **flags):
        token = dict(id=index, content=content, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
        return token | flags

    def bert(clean, ideographs, accents, lower):
        return dict(type="BertNormalizer", clean_text=clean, handle_chinese_chars=ideographs, strip_accents=accents,
                    lowercase=lower)

    def file(normalizer, tokens, **model):
        return dict(version="1.0", truncation=None, padding=None, added_tokens=tokens, normalizer=normalizer,
                    pre_tokenizer={"type": "BertPreTokenizer"},
                    post_processor={"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
                    decoder={"type": "WordPiece", "prefix": "##", "cleanup": True},
                    model=dict(type="WordPiece", unk_token="[UNK]", continuing_subword_prefix="##",
                               max_input_chars_per_word=100, vocab={}) | model)

    base = [added(t, i) for i, t in enumerate(pieces[:5])]
    extended = base + [
        added("covid", count, normalized=True, special=False),
        added("NEW york", count + 1, normalized=True, special=False, single_word=True),
        added(" xy", count + 2, lstrip=True, rstrip=True, special=False),
        added("\u00c9\u00c9", count + 3, normalized=True, single_word=True),
        added("[MAS", count + 4, single_word=True),
        added("\u4e2d", count + 5, normalized=True, special=False),
        added("\u4e2d\u6587", count + 6, special=False, rstrip=True),
    ]
    stripping = base[:4] + [added("[MASK]", 4, lstrip=True, rstrip=True), added("hell", count, single_word=True)]
    fast, backend = {"tokenizer_class": "PreTrainedTokenizerFast"}, {"tokenizer_class": "TokenizersBackend"}
    null = file(None, base, continuing_subword_prefix="")
    null["decoder"] = None
    settings = {
        "uncased, from vocab.txt": ({"tokenizer_class": "BertTokenizer"}, None),
        "cased, from vocab.txt": ({"tokenizer_class": "BertTokenizerFast", "do_lower_case": False}, None),
        "lowercase with accents": ({"do_lower_case": True, "strip_accents": False}, None),
        "cased without accents, ideographs in words": (
            {"do_lower_case": False, "strip_accents": True, "tokenize_chinese_chars": False}, None),
        "special tokens split": ({"split_special_tokens": True, "clean_up_tokenization_spaces": True}, None),
        "the config overrules tokenizer.json": ({}, file(bert(False, False, False, False), base)),
        "tokenizer.json alone, no normalizer": (fast, null),
        "tokenizer.json alone, short words": (fast, file(bert(False, True, None, True), base, max_input_chars_per_word=7)),
        "added tokens": ({"do_lower_case": True}, file(bert(True, True, None, True), extended)),
        "added tokens, cased": ({"do_lower_case": False}, file(bert(True, True, None, True), extended)),
        "whitespace taken by tokens": (backend, file(bert(True, True, None, True), stripping)),
    }
    out = {"made_with": VERSIONS, "seed": SEED, "pieces": pieces, "texts": cases, "variants": []}
    for name, (config, tokenizer) in settings.items():
        variant = {"name": name, "files": {"tokenizer_config.json": json.dumps(config)}}
        with tempfile.TemporaryDirectory() as folder:
            def write(file, content):
                with open(f"{folder}/{file}", "w", encoding="utf-8", newline="\n") as out_file:
                    out_file.write(content)
            write("config.json", '{"model_type": "bert"}')
            write("tokenizer_config.json", json.dumps(config))
            if tokenizer:
                # The test puts the vocabulary in.
                variant["files"]["tokenizer.json"] = json.dumps(tokenizer)
                tokenizer["model"]["vocab"] = {piece: i for i, piece in enumerate(pieces)}
                write("tokenizer.json", json.dumps(tokenizer))
            else:
                write("vocab.txt", "\n".join(pieces) + "\n")
            reference = transformers.AutoTokenizer.from_pretrained(folder)
        variant["ids"] = reference(cases, add_special_tokens=False)["input_ids"]
        some = variant["ids"][:40] + [[rng.randrange(len(reference)) for _ in range(rng.randint(0, 9))] for _ in range(20)]
        variant["decoded"] = [
            {"ids": ids, "text": reference.decode(ids), "skipped": reference.decode(ids, skip_special_tokens=True)}
            for ids in some]
        out["variants"].append(variant)
    return out


def places(golden):
    out = {"made_with": VERSIONS, "variants": []}
    for variant in golden["variants"]:
        with tempfile.TemporaryDirectory() as folder:
            files = {"config.json": '{"model_type": "bert"}'} | variant["files"]
            if "tokenizer.json" in files:
                tokenizer = json.loads(files["tokenizer.json"])
                tokenizer["model"]["vocab"] = {piece: i for i, piece in enumerate(golden["pieces"])}
                files["tokenizer.json"] = json.dumps(tokenizer)
            else:
                files["vocab.txt"] = "\n".join(golden["pieces"]) + "\n"
            for file, content in files.items():
                with open(f"{folder}/{file}", "w", encoding="utf-8", newline="\n") as out_file:
                    out_file.write(content)
            reference = transformers.AutoTokenizer.from_pretrained(folder)
        found = reference(golden["texts"], add_special_tokens=False, return_offsets_mapping=True)
        assert found["input_ids"] == variant["ids"], variant["name"]
        out["variants"].append([[n for place in text for n in place] for text in found["offset_mapping"]])
    return out


golden = variants()
for name, content in (("scalars.json", scalars()), ("variants.json", golden), ("places.json", places(golden))):
    with open(name, "w", encoding="utf-8") as out_file:
        json.dump(content, out_file, ensure_ascii=False, separators=(",", ":"))
        out_file.write("\n")
