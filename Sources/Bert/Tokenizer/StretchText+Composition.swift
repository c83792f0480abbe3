// SPDX-License-Identifier: Apache-2.0

extension StretchText {
    /// Scalars before U+0300 are composed already; those from there on begin with this byte or a higher one.
    static let firstComposed: UInt8 = 0xCC

    /// Canonical composition: NFC (Unicode 3.11).
    mutating func compose() {
        guard bytes.contains(where: { $0 >= Self.firstComposed }) else { return }
        let forms = CanonicalForms.shared
        let classes = CompatibilityForms.shared
        rewrite { text, out in
            var composition = Composition(forms: forms)
            var run = MarkRun()
            func finish(_ out: inout Rewriting) {
                run.drain { composition.take($0.scalar, order: $0.order, change: $0.change, to: &out) }
            }
            var at = 0
            while at < text.count {
                let (scalar, length) = UTF8Scalar.decode(text, at: at)
                var change = 0
                forms.decompose(scalar) { part in
                    let order = classes.order(of: part)
                    if order > 0 {
                        run.append(MarkRun.Mark(scalar: part, order: order, change: change))
                    } else {
                        if !run.isEmpty { finish(&out) }
                        composition.take(part, order: 0, change: change, to: &out)
                    }
                    change = 1
                }
                at += length
            }
            finish(&out)
            composition.finish(to: &out)
        }
    }

    /// Composes decomposed scalars in canonical order.
    private struct Composition {
        let forms: CanonicalForms
        /// What later scalars may be composed with; nil where the text begins with marks.
        private var starter: (scalar: UInt32, change: Int)?
        /// Marks behind it that were not.
        private var marks: [(scalar: UInt32, change: Int)] = []
        /// The combining class of the last of them.
        private var order: UInt32?

        init(forms: CanonicalForms) { self.forms = forms }

        mutating func take(_ scalar: UInt32, order: UInt32, change: Int, to out: inout Rewriting) {
            guard let first = starter else {
                if order == 0 { starter = (scalar, change) } else { out.append(scalar, change: change) }
                return
            }
            // A mark of the same class or a higher one in between blocks it.
            let isBlocked = self.order.map { $0 >= order } ?? false
            if !isBlocked, let composite = forms.composite(first.scalar, scalar) {
                starter = (composite, first.change + change - 1)
            } else if order == 0 {
                finish(to: &out)
                starter = (scalar, change)
            } else {
                marks.append((scalar, change))
                self.order = order
            }
        }

        mutating func finish(to out: inout Rewriting) {
            if let starter { out.append(starter.scalar, change: starter.change) }
            for mark in marks { out.append(mark.scalar, change: mark.change) }
            marks.removeAll(keepingCapacity: true)
            (starter, order) = (nil, nil)
        }
    }
}
