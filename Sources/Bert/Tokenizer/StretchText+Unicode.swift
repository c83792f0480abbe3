// SPDX-License-Identifier: Apache-2.0

/// Normalisers that look at scalars, as those of `tokenizers` of the same names. ASCII, which most texts are made of, they
/// pass by.
extension StretchText {
    /// Compatibility decomposition in canonical order: NFKD.
    mutating func decompose() {
        guard !isASCII else { return }
        let forms = CompatibilityForms.shared
        rewrite { text, out in
            var run = MarkRun()
            var at = 0
            while at < text.count {
                if text[at] < 0x80, run.isEmpty {
                    out.keep(text[at])
                    at += 1
                    continue
                }
                let (scalar, length) = UTF8Scalar.decode(text, at: at)
                var change = 0
                forms.decompose(scalar) { part in
                    let order = forms.order(of: part)
                    if order > 0 {
                        run.append(MarkRun.Mark(scalar: part, order: order, change: change))
                    } else {
                        if !run.isEmpty { run.drain { out.append($0.scalar, change: $0.change) } }
                        out.append(part, change: change)
                    }
                    change = 1
                }
                at += length
            }
            run.drain { out.append($0.scalar, change: $0.change) }
        }
    }

    /// Removes marks: StripAccents.
    mutating func stripAccents() {
        guard !isASCII else { return }
        let forms = CompatibilityForms.shared
        rewrite { text, out in
            var at = 0
            while at < text.count {
                let (scalar, length) = UTF8Scalar.decode(text, at: at)
                if forms.isMark(scalar) {
                    out.remove()
                } else {
                    out.keep(UnsafeBufferPointer(rebasing: text[at..<at + length]))
                }
                at += length
            }
        }
    }

    /// Lower case, scalar by scalar: no final sigma, no locale.
    mutating func lowercase() {
        let properties = ScalarProperties.shared
        guard !isASCII else { return lowercaseASCII() }
        rewrite { text, out in
            var at = 0
            while at < text.count {
                let (scalar, length) = UTF8Scalar.decode(text, at: at)
                if scalar == 0x130 {
                    // The only one that becomes two: i and a dot above.
                    out.append(0x69, change: 0)
                    out.append(0x307, change: 1)
                } else if properties.flags[Int(scalar)] & ScalarProperties.lowercases != 0 {
                    out.append(properties.lowercase[scalar], change: 0)
                } else {
                    out.keep(UnsafeBufferPointer(rebasing: text[at..<at + length]))
                }
                at += length
            }
        }
    }
}
