# SPDX-License-Identifier: Apache-2.0
"""Writes halves.safetensors and halves.json (the f32 bits of each value) beside this script.

The file is laid out by hand, not by the safetensors package, so that the data can begin at an odd offset.
Made with numpy 2.4.6, Python 3.11.
"""

import json
import pathlib

import numpy

here = pathlib.Path(__file__).parent
rng = numpy.random.default_rng(0)
# Zeros, the smallest and largest subnormal and normal numbers, infinities; then every exponent with random mantissas.
edges = [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x0400, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x3C00, 0x3555]
random = rng.integers(0, 0x7C00, 500)
f16 = numpy.array(edges + list(random) + list(random | 0x8000), dtype="<u2")
bf16 = numpy.array(
    [0x0000, 0x8000, 0x0001, 0x007F, 0x0080, 0x7F7F, 0x7F80, 0xFF80, 0x3F80, *rng.integers(0, 0x7F80, 200)], dtype="<u2"
)
f64 = numpy.array([0.1, 1e300, -1e-320, 1 + 2**-24, 1 + 3 * 2**-24, 1e-45, 3.4028235677973366e38], dtype="<f8")
data = {"f16": f16.tobytes(), "bf16": bf16.tobytes(), "f64": f64.tobytes()}
types = {"f16": "F16", "bf16": "BF16", "f64": "F64"}
shapes = {"f16": [2, len(f16) // 2], "bf16": [len(bf16)], "f64": [len(f64)]}

header, blob = {"__metadata__": {"format": "np"}}, b"\x07"
header["odd"] = {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}
for name, part in data.items():
    offsets = [len(blob), len(blob) + len(part)]
    header[name] = {"dtype": types[name], "shape": shapes[name], "data_offsets": offsets}
    blob += part
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
(here / "halves.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + blob)

with numpy.errstate(over="ignore", under="ignore"):
    floats = {
        "f16": f16.view("<f2").astype("<f4"),
        "bf16": (bf16.astype("<u4") << 16).view("<f4"),
        "f64": f64.astype("<f4"),
    }
expected = {name: {"shape": shapes[name], "bits": floats[name].view("<u4").tolist()} for name in floats}
(here / "halves.json").write_text(json.dumps(expected) + "\n")
