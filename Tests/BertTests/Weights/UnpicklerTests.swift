// SPDX-License-Identifier: Apache-2.0

import Files
import Testing

@testable import Bert

@Suite struct UnpicklerTests {
    /// Pickles here are written as Latin-1 text: opcodes are mostly letters.
    private static func bytes(_ pickle: String) -> [UInt8] {
        pickle.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    private static func error(_ pickle: String) -> FileError? {
        WeightsFixture.error { () throws(FileError) in
            var unpickler = Unpickler(pickle: bytes(pickle), path: "memory")
            return try unpickler.stateDictionary()
        }
    }

    private static let protocol2 = "\u{80}\u{02}"
    private static func string(_ text: String) -> String {
        "X\(Character(Unicode.Scalar(UInt8(text.utf8.count))))\0\0\0\(text)"
    }
    /// A persistent identifier of the storage '0' with two floats.
    private static let storage = "(\(string("storage"))ctorch\nFloatStorage\n\(string("0"))\(string("cpu"))K\u{02}tQ"
    /// The tensor of that storage with this offset, size and stride.
    private static func tensor(_ view: String = "K\0K\u{02}\u{85}K\u{01}\u{85}") -> String {
        "ctorch._utils\n_rebuild_tensor_v2\n(\(storage)\(view)\u{89}ccollections\nOrderedDict\n)RtR"
    }

    @Test("A dictionary of one tensor gives its name, storage and view")
    func tensor() throws {
        var unpickler = Unpickler(
            pickle: Self.bytes("\(Self.protocol2)}\(Self.string("a"))\(Self.tensor())s."),
            path: "memory"
        )
        let (name, tensor) = try #require(try unpickler.stateDictionary().first)
        #expect(name == "a")
        #expect(tensor.storage.key == "0")
        #expect(tensor.storage.element == .f32)
        #expect(tensor.storage.count == 2)
        #expect((tensor.offset, tensor.shape, tensor.strides) == (0, [2], [1]))
    }

    @Test("Integers of each width and sign are read")
    func integers() throws {
        let view =
            "K\u{FF}(M\u{01}\u{02}J\u{FE}\u{FF}\u{FF}\u{FF}\u{8A}\0\u{8A}\u{01}\u{FF}t(\u{8A}\u{08}\0\0\0\0\0\0\0\u{80}t"
        var unpickler = Unpickler(
            pickle: Self.bytes("\(Self.protocol2)}\(Self.string("a"))\(Self.tensor(view))s."),
            path: "memory"
        )
        let (_, tensor) = try #require(try unpickler.stateDictionary().first)
        #expect((tensor.offset, tensor.shape, tensor.strides) == (255, [513, -2, 0, -1], [Int.min]))
    }

    @Test("A pickle that calls a function of the system is refused with the function's name, and nothing is run")
    func hostileFunction() throws {
        for (pickle, name) in [
            ("cos\nsystem\n(\(Self.string("true"))tR.", "os.system"),
            ("cposix\nsystem\n(\(Self.string("true"))tR.", "posix.system"),
            ("\(Self.string("builtins"))\(Self.string("eval"))\u{93}.", "builtins.eval"),
            ("c__builtin__\ngetattr\n.", "__builtin__.getattr"),
            ("ctorch\nload\n.", "torch.load"),
            ("ctorch._utils\n_rebuild_tensor_v3\n.", "torch._utils._rebuild_tensor_v3"),
        ] {
            let error = try #require(Self.error(Self.protocol2 + pickle))
            #expect(error.kind == .unsupported)
            #expect(error.reason.contains("'\(name)'"), "\(error)")
            #expect(error.reason.contains("nothing was run"))
        }
    }

    @Test("Opcodes that no state dictionary needs are refused by name")
    func opcodes() throws {
        for (pickle, name) in [
            ("}2", "DUP"), ("}0", "POP"), ("(i", "INST"), ("(o", "OBJ"), ("))\u{81}", "NEWOBJ"), ("Px\n", "PERSID"),
            ("G\0\0\0\0\0\0\0\0", "BINFLOAT"), ("\u{82}\u{01}", "EXT1"), ("\u{97}", "NEXTBUFFER"), ("S'x'\n", "STRING"),
        ] {
            let error = try #require(Self.error(Self.protocol2 + pickle + "."))
            #expect(error.kind == .unsupported)
            #expect(error.reason.contains("opcode \(name) "), "\(error)")
        }
        #expect(Self.error("\u{80}\u{06}}.")?.reason.contains("protocol 6") == true)
        #expect(Self.error("\u{FF}")?.reason.contains("no opcode") == true)
    }

    @Test(
        "A broken pickle is invalid",
        arguments: [
            "", "}", ".", "K", "X\u{FF}\u{FF}\u{FF}\u{FF}a.", "X\u{01}\0\0\0\u{FF}.", "R.", ")R.", "NR.", "))R.", "t.",
            "(.", "u.",
            "(u.", "(}u.", "}(NNNu.", "}Ns.", "Nb.", "h\0.", "j\0\0\0\u{80}.", "q\0.", "\u{94}.", "NQ.", ")Q.",
            "\u{93}.", "NN\u{93}.",
            "]a.", "}Na.", "(e.", "c", "ca\n", "cc\u{FF}\n\n.", "\u{85}.", "N\u{86}.", "}(s.", "}N(s.", "}(b.",
            "}(NNs.",
            "ctorch\nFloatStorage\n)R.", "ctorch._utils\n_rebuild_tensor_v2\n)R.",
            "ctorch._utils\n_rebuild_parameter\n)R.",
            "ccollections\nOrderedDict\n(NtR.",
        ]
    )
    func broken(pickle: String) {
        #expect(Self.error(pickle)?.kind == .invalid)
    }

    @Test(
        "What is not a dictionary of tensors alone is refused, naming what was found",
        arguments: [
            ("K\u{01}.", "a number"), ("N.", "None"), ("].", "a list"), (").", "a tuple"), ("}NNs.", "None as a key"),
            ("}\(string("epoch"))K\u{01}s.", "a number under 'epoch'"),
            ("}\(string("state_dict"))}s.", "a dictionary under 'state_dict'"),
        ]
    )
    func otherContent(pickle: String, found: String) throws {
        let error = try #require(Self.error(pickle))
        #expect(error.kind == .unsupported)
        #expect(error.reason.contains(found), "\(error)")
    }

    @Test("A tensor set twice is refused")
    func twice() {
        let item = "\(Self.string("a"))\(Self.tensor())s"
        #expect(Self.error("}\(item)\(item).")?.reason.contains("'a' twice") == true)
    }

    @Test("Deep nesting, a long stack, many marks and long shapes end in an error, not in a crash")
    func bounds() {
        let many = 1_100_000
        #expect(Self.error(")" + String(repeating: "\u{85}", count: many) + ".")?.kind == .unsupported)
        #expect(Self.error(String(repeating: "N", count: many))?.reason.contains("at once") == true)
        #expect(Self.error(String(repeating: "(", count: many))?.reason.contains("at once") == true)
        #expect(Self.error("}q\0" + String(repeating: "h\0Nh\0s", count: 10_000) + ".")?.kind == .unsupported)
        let long = "K\0(" + String(repeating: "K\u{01}", count: 17) + "tq\u{01}h\u{01}"
        #expect(Self.error("}\(Self.string("a"))\(Self.tensor(long))s.")?.reason.contains("17 dimensions") == true)
    }

    @Test("A dictionary that holds itself is refused without a search that never ends")
    func cycle() {
        #expect(Self.error("}q\0\(Self.string("a"))h\0s.")?.reason.contains("a dictionary under 'a'") == true)
    }
}
