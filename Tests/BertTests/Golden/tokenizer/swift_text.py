# SPDX-License-Identifier: Apache-2.0
"""What the scripts that write Swift files with data in them share."""
import textwrap


def literal(name, doc, words):
    print(f"\n    /// {doc}\n    static let {name}: StaticString = \"\"\"")
    for line in textwrap.wrap(" ".join(words), 110, break_long_words=False, break_on_hyphens=False):
        print(f"        {line}")
    print("        \"\"\"")
