// SPDX-License-Identifier: Apache-2.0
import JSON

/// One field put into a JSON object while every other byte of it stays as it is.
///
/// A field of that name that is there already, as in a topic that is tagged once more, has its value replaced.
struct MergedField {
    let name: String
    /// The field's value, as JSON.
    let value: [UInt8]

    /// Merges the field into an object; nil if the document is something else. A byte order mark before it goes: JSON is
    /// not sent with one (RFC 8259, section 8.1).
    func merged(into document: [UInt8]) throws(JSONFailure) -> [UInt8]? {
        var reader = try JSONReader(document)
        var merged: [UInt8] = []
        merged.reserveCapacity(document.count + name.utf8.count + value.count + 4)
        var copied = reader.position
        guard reader.enterObject() else {
            try reader.skipValue()
            try reader.finish()
            return nil
        }
        let utf8 = Array(name.utf8)
        var (isEmpty, isReplaced) = (true, false)
        while let member = try reader.nextMember() {
            isEmpty = false
            let place = try reader.skipValue()
            // Each of several with that name: readers differ in which one they take.
            guard reader.isEqual(member, utf8) else { continue }
            isReplaced = true
            merged += document[copied..<place.lowerBound]
            merged += value
            copied = place.upperBound
        }
        if !isReplaced {
            let brace = reader.position - 1
            merged += document[copied..<brace]
            if !isEmpty { merged.append(UInt8(ascii: ",")) }
            merged += JSONWriter.quoted(name)
            merged.append(UInt8(ascii: ":"))
            merged += value
            copied = brace
        }
        try reader.finish()
        return merged + document[copied...]
    }
}
