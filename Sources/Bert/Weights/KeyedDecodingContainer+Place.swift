// SPDX-License-Identifier: Apache-2.0

extension KeyedDecodingContainer {
    /// As `decodeIfPresent`, but every error says at which key. For a number that does not fit (1.5 or 1e99 as an `Int`)
    /// the JSON decoder throws an error of its own without a place, which ends as "not valid JSON".
    func decodePlacedIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        do {
            return try decodeIfPresent(type, forKey: key)
        } catch  where !(error is DecodingError) {
            let description = "Expected \(type), found another kind of number or one that is too large."
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: description)
        }
    }

    /// As `decode`, but every error says at which key.
    func decodePlaced<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        guard let value = try decodePlacedIfPresent(type, forKey: key) else {
            let context = DecodingError.Context(codingPath: codingPath, debugDescription: "Expected a value.")
            throw DecodingError.keyNotFound(key, context)
        }
        return value
    }
}
