# SPDX-License-Identifier: Apache-2.0
"""Writes Sources/Bert/Tokenizer/UnicodeData.swift: what BertNormalizer and the pre-tokenisers do to each Unicode scalar.

Nothing is taken from a Unicode database: each of the 1,112,064 scalars is put through the Python package `tokenizers`,
whose Rust crates each carry their own Unicode version. Run it again when the package changes what it does:

    python make_unicode_data.py > ../../../../Sources/Bert/Tokenizer/UnicodeData.swift
    swift format -i Sources/Bert/Tokenizer/UnicodeData.swift
"""
import itertools
import sys
import unicodedata

import tokenizers
from tokenizers import normalizers, pre_tokenizers

from swift_text import literal

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)


def bert(**on):
    flags = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**(flags | on)).normalize_str


clean, ideographs, strip, lower = (
    bert(clean_text=True), bert(handle_chinese_chars=True), bert(strip_accents=True), bert(lowercase=True))
nfd = normalizers.NFD().normalize_str
pieces = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
runs = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str


def ranges(scalars):
    out = []
    for c in sorted(scalars):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return [f"{a:X}" if a == b else f"{a:X}-{b:X}" for a, b in out]


control = [c for c in SCALARS if clean(chr(c)) == ""]
cut = {c: len(pieces("a" + chr(c) + "b")) for c in SCALARS}
whitespace = [c for c in SCALARS if cut[c] == 2]
punctuation = [c for c in SCALARS if cut[c] == 3]
assert all(clean(chr(c)) == " " for c in whitespace if c not in control)
# Of what the regular expression of byte-level BPE tells apart, a run of one kind stays together.
letters, numbers, others = ([c for c in SCALARS if len(runs(kind + chr(c))) == 1] for kind in "a1!")
assert sorted(letters + numbers + others + whitespace) == SCALARS
ideograph = [c for c in SCALARS if ideographs(chr(c)) == f" {chr(c)} "]
stripped = {c: strip(chr(c)) for c in SCALARS}
dropped = [c for c in SCALARS if stripped[c] == ""]
lowered = {c: lower(chr(c)) for c in SCALARS if lower(chr(c)) != chr(c)}
assert [c for c in lowered if len(lowered[c]) != 1] == [0x130] and lowered[0x130] == "i\u0307"

# Canonical order. U+302E (class 224) and U+1D165 (class 216) are marks that stripping keeps; they change places unless
# a starter stands between them.
assert strip("\u302e\U0001d165") == "\U0001d165\u302e"
starters = [c for c in dropped if strip("\u302e" + chr(c) + "\U0001d165") == "\u302e\U0001d165"]
kept_marks = [c for c in SCALARS if stripped[c] == chr(c)
              and (nfd("\u0345" + chr(c)) != "\u0345" + chr(c) or nfd(chr(c) + "\u0334") != chr(c) + "\u0334")]
classes = {c: unicodedata.combining(chr(c)) for c in kept_marks}
for a, b in itertools.product(kept_marks, repeat=2):
    assert (strip(chr(a) + chr(b)) != chr(a) + chr(b)) == (classes[a] > classes[b]), (hex(a), hex(b))

# Hangul syllables decompose by arithmetic.
for c in HANGUL:
    i = c - 0xAC00
    jamo = [0x1100 + i // 588, 0x1161 + i % 588 // 28] + ([0x11A7 + i % 28] if i % 28 else [])
    assert stripped[c] == "".join(map(chr, jamo))
bases = {c: s for c, s in stripped.items() if s not in ("", chr(c)) and c not in HANGUL}
for s in bases.values():  # the reader needs no recursion
    assert all(stripped[ord(d)] == d for d in s)
    assert all(d not in classes for d in map(ord, s[:1]))


def base_runs():
    """Runs of scalars with one base letter each: the first scalar, then the letters; "-" for one that has none."""
    single = {c: s for c, s in bases.items() if len(s) == 1}
    assert "-" not in single.values() and all(unicodedata.normalize("NFC", s) == s for s in single.values())
    out, run = [], []
    for c in sorted(single):
        if run and c - run[-1] <= 4:
            run.append(c)
        else:
            out.append(run)
            run = [c]
    out.append(run)
    for run in filter(None, out):
        yield f"{run[0]:X} " + "".join(single.get(c, "-") for c in range(run[0], run[-1] + 1))


def lower_runs():
    """`first-last:step+delta`: every step-th scalar of the range becomes itself plus delta."""
    todo = sorted((c, ord(s) - c) for c, s in lowered.items() if len(s) == 1)
    out = []
    while todo:
        best = None
        for step in (1, 2):
            have, n = dict(todo), 1
            first, delta = todo[0]
            while have.get(first + n * step) == delta:
                n += 1
            if best is None or n > best[1]:
                best = (step, n)
        step, n = best
        out.append(f"{first:X}-{first + (n - 1) * step:X}:{step}{'-' if delta < 0 else '+'}{abs(delta):X}")
        gone = {first + k * step for k in range(n)}
        todo = [t for t in todo if t[0] not in gone]
    return out


print(f"""// SPDX-License-Identifier: Apache-2.0

// Generated by Tests/BertTests/Golden/tokenizer/make_unicode_data.py with tokenizers {tokenizers.__version__}. Do not edit.

/// What Hugging Face's BertNormalizer and pre-tokenisers do to each Unicode scalar, as text that `ScalarProperties` and
/// `ScalarKinds` read. Numbers are hexadecimal, ranges include both ends. The versions of Unicode behind it differ from property to
/// property and are older than Swift's, so that the standard library cannot answer these questions.
enum UnicodeData {{""", end="")
literal("control", "Removed by `clean_text`.", ranges(control))
literal("whitespace", "Separates words.", ranges(whitespace))
literal("punctuation", "A word of its own.", ranges(punctuation))
literal("letters", "`\\p{L}` of the regular expression of byte-level BPE.", ranges(letters))
literal("numbers", "`\\p{N}` of the same.", ranges(numbers))
literal("ideographs", "Set apart by spaces under `handle_chinese_chars`.", ranges(ideograph))
literal("dropped", "Leaves nothing behind under `strip_accents`.", ranges(dropped))
literal("droppedStarters", "Those of `dropped` that marks on either side do not change places across.", ranges(starters))
literal("keptMarks", "Marks that `strip_accents` keeps, each with its canonical combining class.",
        [f"{c:X}:{k:X}" for c, k in sorted(classes.items())])
literal("lowercase", "`first-last:step+delta`: every step-th scalar of the range becomes itself plus delta. "
        "U+0130 is not here.", lower_runs())
literal("sequences", "`scalar=scalar+…`: what is left of a scalar under `strip_accents`, where it is more than one.",
        [f"{c:X}=" + "+".join(f"{ord(d):X}" for d in s) for c, s in sorted(bases.items()) if len(s) > 1])
print("""
    /// What is left of a scalar under `strip_accents`, where it is one other scalar: on each line the first scalar, then
    /// what becomes of it and of those that follow; `-` stands for one that stays.
    static let bases: StaticString = \"\"\"""")
for run in base_runs():
    first, letters = run.split(" ", 1)
    start = int(first, 16)
    for i in range(0, len(letters), 48):
        part = letters[i:i + 48]
        print(f"        {start + i:X} {part}".replace("\\", "\\\\"))
print("        \"\"\"\n}")
