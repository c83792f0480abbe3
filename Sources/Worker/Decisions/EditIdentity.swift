// SPDX-License-Identifier: Apache-2.0
import Configuration
public import Kafka
public import Settings

/// Finds of which comment a record is a version. Pure.
public struct EditIdentity: Sendable {
    let key: EditKey
    let prefix: InputPrefix

    /// The bytes that all versions have in common; nil where a record does not say, or says nothing.
    public func callAsFunction(_ record: Record) -> [UInt8]? {
        let found: [UInt8]? =
            switch key {
            case .key: record.key
            // As bytes: two that are no UTF-8 and look alike are two.
            case .field(.header(let name)): record.headers.last { $0.name == name }?.value
            case .field(let field): field.found(in: record, prefix).map { Array($0.utf8) }
            }
        return found.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension EditIdentity {
    /// Finds it as the settings say; nil where they do not.
    public init?(settings: Settings) {
        guard let key = settings[Settings.editsKey] else { return nil }
        self.init(key: key, prefix: settings[Settings.inputPrefix])
    }
}

extension EditIdentity {
    /// Finds it in records that have a text alone: no other takes the place of an older version.
    public func ofTagged(by decode: Decode) -> @Sendable (Record) -> [UInt8]? {
        { record in self(record).flatMap { decode.text(of: record) == nil ? nil : $0 } }
    }
}

extension RecordField {
    /// What stands there; nil where nothing does, or the value is no JSON.
    func found(in record: Record, _ prefix: InputPrefix) -> String? {
        guard isInJSON else { return try? found(in: record, []) }
        guard let value = try? prefix.removed(from: record.value ?? []) else { return nil }
        return try? found(in: record, value)
    }
}
