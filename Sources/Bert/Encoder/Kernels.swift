// SPDX-License-Identifier: Apache-2.0
package import CKernels

/// The compute kernels of one instruction set, chosen once when the program starts.
public struct Kernels: Sendable {
    /// A static table in C that nothing ever changes, hence safe to share.
    package nonisolated(unsafe) let table: UnsafePointer<c4b_kernels>

    /// Name of the instruction set: `scalar`; `avx2`, `avxvnni`, `avx512`, `avx512vnni`, `amx`; `neon`, `neondot`.
    public var instructionSet: String { String(cString: table.pointee.isa) }

    /// Chooses the best instruction set that this processor runs, or the one asked for by name.
    ///
    /// - Parameter name: a name to insist on, as `CLOUD4BERT_ISA` gives it; nil or empty for the best one.
    public init(instructionSet name: String? = nil) throws(UnknownInstructionSet) {
        let candidates = if let name, !name.isEmpty { [name] } else { Self.built }
        for candidate in candidates {
            if let table = c4b_kernels_named(candidate) {
                self.table = table
                return
            }
        }
        throw UnknownInstructionSet(name: name ?? "", supported: Self.supported)
    }

    /// Names of the instruction sets that this processor runs, best first.
    public static var supported: [String] { built.filter { c4b_kernels_named($0) != nil } }

    /// Names of the instruction sets in this build, best first.
    private static var built: [String] {
        var names: [String] = []
        while let name = c4b_isa_name(names.count) { names.append(String(cString: name)) }
        return names
    }
}

/// An instruction set was asked for that this build does not have or this processor does not run.
public struct UnknownInstructionSet: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was asked for.
    public let name: String
    /// What may be asked for here, best first.
    public let supported: [String]

    /// Names the variable, the bad value and the good ones.
    public var description: String {
        "CLOUD4BERT_ISA: '\(name)' is not an instruction set of this processor and build; use one of "
            + supported.joined(separator: ", ")
    }
}
