// SPDX-License-Identifier: Apache-2.0
internal import Files

/// Where a tensor lies in a mapped file. Every element is known to lie inside its storage, and the storage inside the file.
struct StoredTensor: Sendable {
    let file: MappedFile
    let element: ElementType
    let shape: [Int]
    /// Distance of neighbours along each dimension, in elements; as long as `shape`.
    let strides: [Int]
    /// Number of elements.
    let count: Int
    /// Byte offset of the first element in the file; of any alignment.
    let start: Int

    /// Most dimensions that a tensor may have; models here use two. It bounds the text of messages.
    static let maxDimensions = 16

    /// A tensor whose elements lie one after the other (row-major) and fill `bytes` of the file exactly.
    init(file: MappedFile, name: String, element: ElementType, shape: [Int], bytes: Range<Int>) throws(FileError) {
        let count = try Self.count(of: shape, name: name, file: file)
        let (size, overflow) = count.multipliedReportingOverflow(by: element.byteCount)
        guard !overflow, size == bytes.count else {
            let found =
                "\(bytes.count) bytes of data, but \(element.rawValue) \(shape) takes \(overflow ? "more" : "\(size)")"
            throw file.error(.invalid, "tensor \(name.quotedInMessage) has \(found)")
        }
        self.file = file
        self.element = element
        self.shape = shape
        self.strides = Self.contiguousStrides(of: shape)
        self.count = count
        self.start = bytes.lowerBound
    }

    /// A view into a storage, as PyTorch saves it: element `[i, j…]` is element `offset + i · strides[0] + j · strides[1]…`
    /// of `storage`, a range of the file.
    init(
        file: MappedFile,
        name: String,
        element: ElementType,
        shape: [Int],
        strides: [Int],
        offset: Int,
        storage: Range<Int>
    ) throws(FileError) {
        let count = try Self.count(of: shape, name: name, file: file)
        let capacity = storage.count / element.byteCount
        // A view with more elements than its storage repeats some (stride 0); no weight does so, and the refusal keeps
        // a small file from unfolding into memory without bound.
        guard strides.count == shape.count, strides.allSatisfy({ $0 >= 0 }), count <= capacity,
            let last = Self.lastIndex(shape: shape, strides: strides, offset: offset),
            offset >= 0, offset <= capacity, count == 0 || last < capacity
        else {
            let view = "shape \(shape), strides \(strides.prefix(Self.maxDimensions)), offset \(offset)"
            throw file.error(
                .invalid,
                "tensor \(name.quotedInMessage) reaches outside its storage of \(capacity) elements: \(view)"
            )
        }
        self.file = file
        self.element = element
        self.shape = shape
        self.strides = strides
        self.count = count
        self.start = storage.lowerBound + offset * element.byteCount
    }

    /// Whether the elements lie row-major one after the other. Strides of dimensions of size 1 are arbitrary.
    var isContiguous: Bool {
        count == 0 || zip(shape, zip(strides, Self.contiguousStrides(of: shape))).allSatisfy { $0 == 1 || $1.0 == $1.1 }
    }

    /// Product of the shape.
    private static func count(of shape: [Int], name: String, file: MappedFile) throws(FileError) -> Int {
        guard shape.count <= maxDimensions else {
            let reason = "has \(shape.count) dimensions; at most \(maxDimensions) are read"
            throw file.error(.invalid, "tensor \(name.quotedInMessage) \(reason)")
        }
        guard shape.allSatisfy({ $0 >= 0 }) else {
            throw file.error(.invalid, "tensor \(name.quotedInMessage) has a negative size in its shape \(shape)")
        }
        // A zero anywhere makes the tensor empty, however the other sizes multiply; the strides need their product too.
        var product = 1
        for size in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: max(size, 1))
            guard !overflow else {
                throw file.error(.invalid, "tensor \(name.quotedInMessage) has the impossible shape \(shape)")
            }
            product = next
        }
        return shape.contains(0) ? 0 : product
    }

    /// Row-major strides; the product of the sizes is known to fit.
    private static func contiguousStrides(of shape: [Int]) -> [Int] {
        var strides = shape
        var step = 1
        for dimension in shape.indices.reversed() {
            strides[dimension] = step
            step *= max(shape[dimension], 1)
        }
        return strides
    }

    /// Index of the view's last element in its storage, nil where it does not fit into an `Int`.
    private static func lastIndex(shape: [Int], strides: [Int], offset: Int) -> Int? {
        var last = offset
        for (size, stride) in zip(shape, strides) {
            let (reach, tooFar) = max(size - 1, 0).multipliedReportingOverflow(by: stride)
            let (next, overflow) = last.addingReportingOverflow(reach)
            if tooFar || overflow { return nil }
            last = next
        }
        return last
    }
}
