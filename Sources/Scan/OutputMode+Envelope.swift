// SPDX-License-Identifier: Apache-2.0
package import Configuration

extension OutputMode {
    /// The field of a value that the envelope stands in; nil where the value is the envelope.
    ///
    /// - Parameter merged: `output.field`.
    package func envelopeField(merged: String) -> [UInt8]? {
        switch self {
        case .merge: Array(merged.utf8)
        case .structured: Array("data".utf8)
        case .envelope, .cloudevents, .headers: nil
        }
    }
}
