// SPDX-License-Identifier: Apache-2.0
internal import Files

/// An interpreter of those pickle opcodes that a state dictionary needs. Nothing is imported or executed: functions are
/// known by name (`PickleGlobal`) and carried out here; every other function and every other opcode is refused by name.
///
/// Memory is bounded by the pickle's length: an opcode adds at most one value, and values are small and flat.
struct Unpickler {
    private let pickle: [UInt8]
    private let path: String
    /// Offset of the next byte; behind a pickle that was run, that of what follows.
    private(set) var position = 0

    private var stack: [PickleValue] = []
    /// Heights of the stack at the marks.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var tuples: [[PickleValue]] = [[]]
    private var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    private var lists: [[PickleValue]] = []
    /// All storages that tensors were said to lie in, by their keys.
    private(set) var storages: [String: PickledStorage] = [:]

    /// Most values on the stack and most marks; torch writes dictionaries in steps of 1,000 items.
    private static let maxDepth = 1 << 20

    /// - Parameter path: the file, for messages.
    init(pickle: [UInt8], path: String) {
        self.pickle = pickle
        self.path = path
    }

    /// Runs the pickle, which must build a dictionary of tensors; returns its entries in order.
    mutating func stateDictionary() throws(FileError) -> [(name: String, tensor: PickledTensor)] {
        let result = try run()
        guard case .dictionary(let index) = result else {
            throw unsupported("it holds \(result.kind), not a dictionary of tensors; save the model's state_dict()")
        }
        var tensors: [(name: String, tensor: PickledTensor)] = []
        var names: Set<String> = []
        for (key, value) in dictionaries[index] {
            guard case .string(let name) = key else { throw unsupported("its dictionary has \(key.kind) as a key") }
            guard case .tensor(let tensor) = value else {
                let found = "\(value.kind) under \(name.quotedInMessage)"
                throw unsupported("it holds \(found), not only tensors; save the model's state_dict() alone")
            }
            guard names.insert(name).inserted else { throw invalid("it sets the tensor \(name.quotedInMessage) twice") }
            tensors.append((name, tensor))
        }
        return tensors
    }

    /// Executes opcodes until STOP and returns the value on the stack. What the pickle before it stored is gone.
    private mutating func run() throws(FileError) -> PickleValue {
        (stack, marks, memo) = ([], [], [:])
        while true {
            let byte = try integer(1)
            guard let opcode = PickleOpcode(rawValue: UInt8(byte)) else {
                throw invalid("byte \(byte) at \(position - 1) is no opcode")
            }
            if opcode == .stop { return try pop() }
            try execute(opcode)
            guard stack.count <= Self.maxDepth, marks.count <= Self.maxDepth else {
                throw invalid("it needs more than \(Self.maxDepth) values at once")
            }
        }
    }

    private mutating func execute(_ opcode: PickleOpcode) throws(FileError) {
        switch opcode {
        case .proto:
            let version = try integer(1)
            guard (2...5).contains(version) else { throw unsupported("it is of protocol \(version); 2 to 5 are read") }
        // Frames only say how much to read ahead.
        case .frame: _ = try bytes(8)

        case .none: stack.append(.none)
        case .newTrue: stack.append(.bool(true))
        case .newFalse: stack.append(.bool(false))
        case .binInt1: stack.append(.int(try integer(1)))
        case .binInt2: stack.append(.int(try integer(2)))
        case .binInt: stack.append(.int(Int(Int32(truncatingIfNeeded: try integer(4)))))
        case .long1: stack.append(.int(try long(length: try integer(1))))
        case .shortBinUnicode: stack.append(.string(try string(length: try integer(1))))
        case .binUnicode: stack.append(.string(try string(length: try integer(4))))

        case .emptyDict: pushDictionary()
        case .emptyList:
            lists.append([])
            stack.append(.list(lists.count - 1))
        case .emptyTuple: stack.append(.tuple(0))
        case .tuple1: pushTuple(try pop(count: 1))
        case .tuple2: pushTuple(try pop(count: 2))
        case .tuple3: pushTuple(try pop(count: 3))
        case .tuple: pushTuple(try popToMark())
        case .mark: marks.append(stack.count)

        case .binPut: memo[try integer(1)] = try top()
        case .longBinPut: memo[try integer(4)] = try top()
        case .memoize: memo[memo.count] = try top()
        case .binGet: stack.append(try remembered(try integer(1)))
        case .longBinGet: stack.append(try remembered(try integer(4)))

        case .setItem: try setItems(try pop(count: 2))
        case .setItems: try setItems(try popToMark())
        case .append: try append(try pop(count: 1))
        case .appends: try append(try popToMark())

        case .global:
            let (module, name) = (try line(), try line())
            stack.append(.global(try global(module, name)))
        case .stackGlobal:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw invalid("STACK_GLOBAL at \(position - 1) without two names")
            }
            stack.append(.global(try global(module, name)))
        case .binPersID: stack.append(.storage(try storage(try pop())))
        case .reduce: try call()
        case .build: try build()

        default:
            let name = "\(opcode)".uppercased()
            throw unsupported("it uses the opcode \(name) at \(position - 1), which no state dictionary needs")
        }
    }

    // MARK: Objects

    private func global(_ module: String, _ name: String) throws(FileError) -> PickleGlobal {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw unsupported(
                "it asks for \("\(module).\(name)".quotedInMessage), which a dictionary of plain tensors does not need; "
                    + "nothing was run. If you trust the file, load it in PyTorch and save the state_dict() as safetensors"
            )
        }
        return global
    }

    /// REDUCE: a function and a tuple of arguments give way to the function's result.
    private mutating func call() throws(FileError) {
        let arguments = try tuple(try pop())
        guard case .global(let function) = try pop() else {
            throw invalid("REDUCE at \(position - 1) without a function")
        }
        switch function {
        case .orderedDictionary where arguments.isEmpty: pushDictionary()
        case .rebuildTensor: stack.append(.tensor(try tensor(arguments)))
        // (data, requires_grad, backward_hooks)
        case .rebuildParameter:
            guard arguments.count == 3, case .tensor = arguments[0] else {
                throw wrongArguments(of: "_rebuild_parameter")
            }
            stack.append(arguments[0])
        case .orderedDictionary, .storage: throw wrongArguments(of: "\(function)")
        }
    }

    /// (storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata?)
    private func tensor(_ arguments: [PickleValue]) throws(FileError) -> PickledTensor {
        guard arguments.count == 6 || arguments.count == 7, case .storage(let storage) = arguments[0],
            case .int(let offset) = arguments[1]
        else { throw wrongArguments(of: "_rebuild_tensor_v2") }
        return PickledTensor(
            storage: storage,
            offset: offset,
            shape: try integers(arguments[2]),
            strides: try integers(arguments[3])
        )
    }

    /// ('storage', class, key, location, number of elements, None in the old format)
    private mutating func storage(_ identifier: PickleValue) throws(FileError) -> PickledStorage {
        let parts = try tuple(identifier)
        if parts.count == 6 {
            guard case .none = parts[5] else { throw unsupported("it holds a part of a storage as one of its own") }
        }
        guard parts.count == 5 || parts.count == 6, case .string("storage") = parts[0],
            case .global(.storage(let element)) = parts[1],
            case .string(let key) = parts[2], case .int(let count) = parts[4]
        else { throw invalid("BINPERSID at \(position - 1) names no storage") }
        let storage = PickledStorage(key: key, element: element, count: count)
        guard storages.updateValue(storage, forKey: key).map({ $0 == storage }) ?? true else {
            throw invalid("it says two things of the storage \(key.quotedInMessage)")
        }
        return storage
    }

    /// BUILD sets an object's attributes. A state dictionary has one, `_metadata`, the modules' versions: not needed.
    private mutating func build() throws(FileError) {
        _ = try pop()
        guard case .dictionary = try top() else { throw unsupported("it sets attributes of \(try top().kind)") }
    }

    private mutating func pushDictionary() {
        dictionaries.append([])
        stack.append(.dictionary(dictionaries.count - 1))
    }

    private mutating func pushTuple(_ values: [PickleValue]) {
        tuples.append(values)
        stack.append(.tuple(tuples.count - 1))
    }

    private mutating func setItems(_ items: [PickleValue]) throws(FileError) {
        guard case .dictionary(let index) = try top(), items.count.isMultiple(of: 2) else {
            throw invalid("SETITEMS at \(position - 1) without a dictionary or with a key alone")
        }
        for item in stride(from: 0, to: items.count, by: 2) {
            dictionaries[index].append((items[item], items[item + 1]))
        }
    }

    private mutating func append(_ items: [PickleValue]) throws(FileError) {
        guard case .list(let index) = try top() else { throw invalid("APPENDS at \(position - 1) without a list") }
        lists[index] += items
    }

    private func tuple(_ value: PickleValue) throws(FileError) -> [PickleValue] {
        guard case .tuple(let index) = value else {
            throw invalid("expected a tuple before \(position), found \(value.kind)")
        }
        return tuples[index]
    }

    private func integers(_ value: PickleValue) throws(FileError) -> [Int] {
        let items = try tuple(value)
        // Each tensor keeps its own copy, so that a long tuple used many times would take memory without bound.
        guard items.count <= StoredTensor.maxDimensions else {
            throw invalid("a tensor has \(items.count) dimensions; at most \(StoredTensor.maxDimensions) are read")
        }
        var integers: [Int] = []
        for item in items {
            guard case .int(let integer) = item else { throw wrongArguments(of: "_rebuild_tensor_v2") }
            integers.append(integer)
        }
        return integers
    }

    // MARK: The stack

    private func top() throws(FileError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.last else { throw underflow() }
        return value
    }

    private mutating func pop() throws(FileError) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func pop(count: Int) throws(FileError) -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else { throw underflow() }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(FileError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw underflow() }
        // No pop goes below a mark, so the stack is at least that high.
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private func remembered(_ index: Int) throws(FileError) -> PickleValue {
        guard let value = memo[index] else { throw invalid("it recalls value \(index), which it did not store") }
        return value
    }

    // MARK: The bytes

    private mutating func bytes(_ length: Int) throws(FileError) -> ArraySlice<UInt8> {
        guard length <= pickle.count - position else { throw invalid("it ends in the middle, at \(pickle.count)") }
        defer { position += length }
        return pickle[position..<position + length]
    }

    /// An unsigned little-endian integer of up to four bytes.
    private mutating func integer(_ width: Int) throws(FileError) -> Int {
        try bytes(width).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// A two's-complement little-endian integer of any length that fits into 64 bits.
    private mutating func long(length: Int) throws(FileError) -> Int {
        guard length <= 8 else { throw unsupported("it holds a number of \(length) bytes") }
        let bytes = try bytes(length)
        let sign = (bytes.last ?? 0) & 0x80 == 0 ? 0 : -1
        return bytes.reversed().reduce(sign) { $0 << 8 | Int($1) }
    }

    private mutating func string(length: Int) throws(FileError) -> String {
        guard let string = String(validating: try bytes(length), as: UTF8.self) else {
            throw invalid("the string before \(position) is not UTF-8")
        }
        return string
    }

    /// Text up to the next newline, which is skipped.
    private mutating func line() throws(FileError) -> String {
        guard let end = pickle[position...].firstIndex(of: 0x0A) else { throw invalid("a name has no end") }
        defer { position = end + 1 }
        return try string(length: end - position)
    }

    // MARK: Errors

    private func invalid(_ reason: String) -> FileError {
        FileError(.invalid, path: path, "its pickle is broken: \(reason)")
    }

    private func unsupported(_ reason: String) -> FileError {
        FileError(.unsupported, path: path, "its pickle is not a plain state dictionary: \(reason)")
    }

    private func underflow() -> FileError { invalid("the opcode before \(position) has too few values to take") }

    private func wrongArguments(of function: String) -> FileError {
        invalid("\(function) before \(position) has arguments of the wrong number or type")
    }
}

// What the pickles are that stand around the state dictionary in the old format.
extension Unpickler {
    /// Runs a pickle, which must be a number.
    mutating func number() throws(FileError) -> Int {
        let result = try run()
        guard case .int(let number) = result else { throw invalid("expected a number, found \(result.kind)") }
        return number
    }

    /// Runs a pickle, which must be a dictionary with a boolean of this name.
    mutating func flag(_ name: String) throws(FileError) -> Bool {
        let result = try run()
        guard case .dictionary(let index) = result else { throw invalid("expected a dictionary, found \(result.kind)") }
        for (key, value) in dictionaries[index] {
            if case .string(name) = key, case .bool(let flag) = value { return flag }
        }
        throw invalid("it does not say \(name)")
    }

    /// Runs a pickle, which must be a list of strings.
    mutating func strings() throws(FileError) -> [String] {
        let result = try run()
        guard case .list(let index) = result else { throw invalid("expected a list, found \(result.kind)") }
        var strings: [String] = []
        for item in lists[index] {
            guard case .string(let string) = item else { throw invalid("expected a string, found \(item.kind)") }
            strings.append(string)
        }
        return strings
    }
}
