// SPDX-License-Identifier: Apache-2.0

/// What a state dictionary's pickle builds. Composite values are indices into the unpickler's tables: no value holds
/// another, so nothing here can nest deeply or form a cycle, whatever the pickle says.
enum PickleValue {
    case none
    case bool(Bool)
    case int(Int)
    case string(String)
    case global(PickleGlobal)
    case tuple(Int)
    case dictionary(Int)
    case list(Int)
    case storage(PickledStorage)
    case tensor(PickledTensor)

    /// What to call the value in a message.
    var kind: String {
        switch self {
        case .none: "None"
        case .bool: "a boolean"
        case .int: "a number"
        case .string: "a string"
        case .global: "a function or class"
        case .tuple: "a tuple"
        case .dictionary: "a dictionary"
        case .list: "a list"
        case .storage: "a storage"
        case .tensor: "a tensor"
        }
    }
}

/// The functions and classes that a state dictionary's pickle may name. Each is carried out by the unpickler itself.
enum PickleGlobal: Equatable {
    case orderedDictionary
    case rebuildTensor
    case rebuildParameter
    case storage(ElementType)

    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch", _):
            guard let element = ElementType(torchStorage: name) else { return nil }
            self = .storage(element)
        default: return nil
        }
    }
}

/// A storage that the pickle refers to: the entry `data/KEY` of the archive, or in the old format what its list of keys has.
struct PickledStorage: Equatable {
    let key: String
    let element: ElementType
    /// Number of elements.
    let count: Int
}

/// A view into a storage, as the pickle states it; nothing of it is checked yet.
struct PickledTensor {
    let storage: PickledStorage
    /// Of the first element in the storage, in elements.
    let offset: Int
    let shape: [Int]
    /// In elements.
    let strides: [Int]
}
