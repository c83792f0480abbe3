// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files
internal import FoundationEssentials
internal import JSON

/// What teachers say of texts, so that they are asked once: the mean of their logits by text, and the file of it.
///
/// The file is safetensors: `logits`, F16 `[texts, K]`, and `texts`, U8 `[texts, 16]`, the first bytes of the SHA-256 of each
/// text's UTF-8. Its metadata are `labels` and `teachers` (JSON arrays of the labels' names and of the SHA-256 of the
/// teachers' weights) and `max_tokens`.
struct TeacherLogits {
    /// Names of the labels, `[K]`.
    let labels: [String]
    /// SHA-256 of the weights of the models whose mean it is, in their order.
    let teachers: [String]
    /// Tokens of a text that the teachers read at most.
    let maxTokens: Int
    private var rows: [Key: Int] = [:]
    private var keys: [Key] = []
    /// `[texts, K]`.
    private var values: [Float] = []

    /// What a text is known by: the beginning of its digest. That two of a billion texts share one has a chance of 1 in 10²¹.
    struct Key: Hashable, Sendable {
        fileprivate let words: SIMD2<UInt64>
        fileprivate static let byteCount = 16

        init(_ text: String) { self.init(Digest.sha256(of: text)[..<Self.byteCount]) }

        fileprivate init(_ bytes: ArraySlice<UInt8>) {
            var words = SIMD2<UInt64>()
            for (place, byte) in bytes.enumerated() { words[place / 8] = words[place / 8] << 8 | UInt64(byte) }
            self.words = words
        }

        fileprivate var bytes: [UInt8] {
            (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(56 - $0 % 8 * 8)) }
        }
    }

    private static let names = (logits: "logits", texts: "texts")
    private static let fields = (labels: "labels", teachers: "teachers", maxTokens: "max_tokens")

    /// Of no texts yet.
    init(labels: [String], teachers: [String], maxTokens: Int) {
        self.labels = labels
        self.teachers = teachers
        self.maxTokens = maxTokens
    }

    /// Reads a file.
    init(path: String) throws(FileError) {
        let file = try SafetensorsFile(path: path)
        func field<Value: Decodable>(_ name: String, _: Value.Type) throws(FileError) -> Value {
            guard let json = file.metadata[name],
                let value = try? JSONDecoder().decode(Value.self, from: Data(json.utf8))
            else {
                throw FileError(.invalid, path: path, "its metadata have no \(name): it holds no teachers' logits")
            }
            return value
        }
        labels = try field(Self.fields.labels, [String].self)
        teachers = try field(Self.fields.teachers, [String].self)
        maxTokens = try field(Self.fields.maxTokens, Int.self)
        let count = file.shape(of: Self.names.logits)?.first ?? 0
        values = try file.floats(Self.names.logits, shape: [count, labels.count])
        let bytes = try file.bytes(Self.names.texts, shape: [count, Key.byteCount])
        keys = (0..<count).map { Key(bytes[$0 * Key.byteCount..<($0 + 1) * Key.byteCount]) }
        for (row, key) in keys.enumerated() { rows[key] = row }
    }

    /// How many texts there are.
    var count: Int { keys.count }

    /// The logits of a text, `[K]`; nil where the teachers were not asked about it.
    subscript(key: Key) -> ArraySlice<Float>? {
        rows[key].map { values[$0 * labels.count..<($0 + 1) * labels.count] }
    }

    /// Adds texts that are not there yet.
    ///
    /// - Parameter logits: `[keys.count, K]`; rounded to the file's 16 bits, so that a run that asks the teachers and one that
    ///   reads the file learn the same.
    mutating func add(_ keys: [Key], _ logits: [Float]) {
        precondition(logits.count == keys.count * labels.count, "every text has a logit for each label")
        for key in keys {
            rows[key] = self.keys.count
            self.keys.append(key)
        }
        values += logits.map { Float(Float16($0)) }
    }

    /// Writes the file, which is there whole or not at all.
    func write(to path: String) throws(FileError) {
        let metadata = [
            Self.fields.labels: Self.array(labels), Self.fields.teachers: Self.array(teachers),
            Self.fields.maxTokens: "\(maxTokens)",
        ]
        let texts = NamedTensor(
            name: Self.names.texts,
            shape: [count, Key.byteCount],
            bytes: keys.flatMap(\.bytes)
        )
        // `withUnsafeBufferPointer` does not hand a typed error on.
        let result: Result<Void, FileError> = values.withUnsafeBufferPointer { values in
            let logits = NamedTensor(name: Self.names.logits, shape: [count, labels.count], values: values)
            return Result { () throws(FileError) in
                try Safetensors.write([logits, texts], metadata: metadata, precision: .f16, to: path)
            }
        }
        try result.get()
    }

    private static func array(_ strings: [String]) -> String {
        var json = JSONWriter()
        json.array { json in for string in strings { json.string(string) } }
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
