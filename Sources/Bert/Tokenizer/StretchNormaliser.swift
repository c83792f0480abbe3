// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The normalisers of tokenizers that come from SentencePiece, in the order of the file. They look at a whole stretch
/// between added tokens.
struct StretchNormaliser: Sendable, Equatable {
    enum Step: Sendable, Equatable {
        case map(CharacterMap)
        /// Replaces each run of at least so many of a byte sequence; 1 for each single one.
        case replace([UInt8], least: Int, with: [UInt8])
        /// NFKD.
        case decompose
        case stripAccents
        case lowercase
        /// NFC.
        case compose
        /// See `StretchText.joinSpaces`.
        case joinSpaces
        case strip(left: Bool, right: Bool)
    }

    let steps: [Step]

    /// Normalises what has gathered.
    func normalise(_ text: inout StretchText) {
        for step in steps {
            switch step {
            case .map(let map): text.apply(map)
            case .replace(let old, let least, let new): text.replace(old, least: least, with: new)
            case .decompose: text.decompose()
            case .stripAccents: text.stripAccents()
            case .lowercase: text.lowercase()
            case .compose: text.compose()
            case .joinSpaces: text.joinSpaces()
            case .strip(let left, let right): text.strip(left: left, right: right)
            }
        }
    }

    /// Whether a text is surely left as it is.
    func leaves(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        steps.allSatisfy { step in
            guard case .compose = step else { return false }
            return !text.contains { $0 >= StretchText.firstComposed }
        }
    }

    /// Whether it makes a difference that a stretch begins with a space that something stands before in the text.
    var stripsBeginnings: Bool {
        steps.contains { if case .strip(left: true, _) = $0 { true } else { false } }
    }
}

extension StretchText {
    /// Replaces grapheme clusters of up to five bytes where the map has them, and single scalars of the others.
    fileprivate mutating func apply(_ map: CharacterMap) {
        rewrite { text, out in
            var at = 0
            while at < text.count {
                // Between two ASCII scalars a cluster surely ends, but behind a carriage return. Beside others it may not: an
                // accent belongs to what stands before it, and an Arabic number sign to what follows.
                var end = at + 1
                while end < text.count, text[end - 1] >= 0x80 || text[end - 1] == 0x0D || text[end] >= 0x80 { end += 1 }
                if end == at + 1, text[at] < 0x80, map.keepsASCII[Int(text[at])] {
                    out.keep(text[at])
                    at = end
                    continue
                }
                for cluster in String(decoding: text[at..<end], as: UTF8.self) {
                    let stop = at + cluster.utf8.count
                    let whole = UnsafeBufferPointer(rebasing: text[at..<stop])
                    if whole.count < 6, let new = map.replacement(of: whole) {
                        out.replace(whole, with: new)
                        at = stop
                        continue
                    }
                    while at < stop {
                        let scalar = UnsafeBufferPointer(
                            rebasing: text[at..<at + UTF8Scalar.decode(text, at: at).length]
                        )
                        if let new = map.replacement(of: scalar) {
                            out.replace(scalar, with: new)
                        } else {
                            out.keep(scalar)
                        }
                        at += scalar.count
                    }
                }
            }
        }
    }
}
