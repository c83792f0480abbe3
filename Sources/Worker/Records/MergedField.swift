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
        var replaced: [UInt8] = []
        var copied = 0
        while let member = scan.nextMember() {
            isEmpty = false
            // Each of several with that name: readers differ in which one they take.
            if object[member.name].elementsEqual(quotedName) {
                replaced += object[copied..<member.value.lowerBound] + value
                copied = member.value.upperBound
            }
        }
        guard copied == 0 else { return replaced + object[copied...] }
        // Foundation, which called it valid, lets a comma stand behind the last member.
        let before = object[..<scan.position].last { !ObjectScan.isSpace($0) }
        let comma = isEmpty || before == UInt8(ascii: ",") ? [] : [UInt8(ascii: ",")]
        let member = quotedName + [UInt8(ascii: ":")] + value
        return object[..<scan.position] + comma + member + object[scan.position...]
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
