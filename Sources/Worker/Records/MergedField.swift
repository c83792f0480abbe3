// SPDX-License-Identifier: Apache-2.0

/// One field put into a JSON object while every other byte of it stays as it is.
///
/// A field of that name that is there already, as in a topic that is tagged once more, has its value replaced.
struct MergedField {
    let name: String
    /// The field's value, as JSON.
    let value: [UInt8]

    /// Merges the field into an object that is known to be valid JSON; nil if the document is not an object.
    func merged(into object: [UInt8]) -> [UInt8]? {
        var scan = ObjectScan(bytes: object)
        guard scan.enter() else { return nil }
        let quotedName = JSONWriter.quoted(name)
        var isEmpty = true
        while let member = scan.nextMember() {
            isEmpty = false
            if object[member.name].elementsEqual(quotedName) {
                return object[..<member.value.lowerBound] + value + object[member.value.upperBound...]
            }
        }
        let comma = isEmpty ? [] : [UInt8(ascii: ",")]
        return object[..<scan.position] + comma + quotedName + [UInt8(ascii: ":")] + value + object[scan.position...]
    }
}

extension JSONWriter {
    /// A string as JSON writes it.
    static func quoted(_ string: String) -> [UInt8] {
        var json = JSONWriter()
        json.string(string)
        return json.bytes
    }
}
