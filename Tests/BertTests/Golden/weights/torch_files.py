# SPDX-License-Identifier: Apache-2.0
"""Writes the files of torch.save beside this script, and views.json with the values they hold.

Made with PyTorch 1.13.1 (Debian 12's python3-torch), Python 3.11; legacy.bin with PyTorch 2.13.0.
"""

import collections
import json
import pathlib
import struct

import torch

here = pathlib.Path(__file__).parent
count = torch.arange(24, dtype=torch.float32)
views = collections.OrderedDict(
    contiguous=count.reshape(4, 6),
    transposed=count.reshape(4, 6).t(),
    offset=count[6:12],
    strided=count.reshape(2, 3, 4)[:, 1:, ::2],
    half=torch.tensor([1.0, -2.5, 65504.0, 6e-8], dtype=torch.float16),
    bfloat16=torch.tensor([1.0, -2.5, 3e38, 1e-40], dtype=torch.bfloat16),
    double=torch.tensor([0.1, -1e300], dtype=torch.float64),
    position_ids=torch.arange(5).expand(1, -1),
    num_batches_tracked=torch.tensor(7),
    mask=torch.tensor([True, False]),
    scalar=torch.tensor(2.5),
    empty=torch.zeros(0, 3),
    parameter=torch.nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0]])),
)
torch.save(views, here / "views.bin")
torch.save(views, here / "views_protocol4.bin", pickle_protocol=4)
torch.save(views, here / "legacy.bin", _use_new_zipfile_serialization=False)

module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
torch.save(module.state_dict(), here / "module.bin")  # an OrderedDict with the attribute _metadata

# What is refused.
torch.save({"repeated": torch.ones(1).expand(1000)}, here / "repeated.bin")
torch.save(module, here / "whole_module.bin")
torch.save({"state_dict": module.state_dict(), "epoch": 1}, here / "wrapped.bin")
torch.jit.script(module).save(here / "script.bin")


def bits(tensor):
    values = tensor.detach().to(torch.float32).contiguous().reshape(-1)
    return [struct.unpack("<I", struct.pack("<f", value))[0] for value in values.tolist()]


readable = {name: tensor for name, tensor in views.items() if tensor.is_floating_point()}
expected = {name: {"shape": list(tensor.shape), "bits": bits(tensor)} for name, tensor in readable.items()}
(here / "views.json").write_text(json.dumps(expected) + "\n")
