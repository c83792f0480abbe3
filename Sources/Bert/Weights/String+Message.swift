// SPDX-License-Identifier: Apache-2.0

extension String {
    /// This text as one that a message may show: control characters escaped, at most 200 characters. Names in a model
    /// file are as hostile as the rest of it, and messages end in terminals and logs.
    var clippedForMessage: String {
        var shown = ""
        for (position, scalar) in unicodeScalars.enumerated() {
            if position == 200 { return shown + "…" }
            shown += scalar.properties.isPrintable ? String(scalar) : scalar.escaped(asASCII: true)
        }
        return shown
    }

    /// This text in quotation marks, clipped as above.
    var quotedInMessage: String { "'\(clippedForMessage)'" }
}

extension Unicode.Scalar.Properties {
    /// False for controls, format characters (which can turn the direction of a line) and line separators.
    fileprivate var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
