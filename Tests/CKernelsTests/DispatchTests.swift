// SPDX-License-Identifier: Apache-2.0
import CKernels
import Testing

@Suite struct DispatchTests {
    @Test("A name that is no instruction set's has no table")
    func unknownNames() {
        #expect(c4b_kernels_named("sse9") == nil)
        #expect(c4b_kernels_named("") == nil)
        #expect(c4b_kernels_named("AVX2") == nil)
        #expect(c4b_kernels_named(nil) == nil)
    }

    @Test("The scalar table is the last of the names, and runs everywhere")
    func scalarIsLast() {
        #expect(InstructionSet.names.last == "scalar")
        #expect(InstructionSet.here.last?.name == "scalar")
        #expect(Set(InstructionSet.names).count == InstructionSet.names.count)
        #expect(c4b_isa_name(1000) == nil)
    }

    @Test("A table is whole and bears its own name", arguments: InstructionSet.here)
    func tablesAreWhole(isa: InstructionSet) {
        let table = isa.kernels.pointee
        #expect(String(cString: table.isa) == isa.name)
        #expect(table.panel_f32 > 0)
        #expect(table.gemm_f32 != nil)
        #expect(table.panel_i8 > 0)
        #expect(table.gemm_i8 != nil)
        #expect(table.gemm_gelu_i8 != nil)
        #expect(table.gemm_add_i8 != nil)
        #expect(table.attention_i8 != nil)
        #expect(table.peak_i8(3) > 0 && table.peak_i8(6) == 2 * table.peak_i8(3))
        #expect(table.quantise_i8 != nil)
        #expect(table.layer_norm_i8 != nil)
        #expect(table.softmax_f32 != nil)
        #expect(table.layer_norm_f32 != nil)
        #expect(table.gelu_f32 != nil)
        #expect(table.gelu_tanh_f32 != nil && table.relu_f32 != nil && table.silu_f32 != nil)
        #expect(table.tanh_f32 != nil)
    }
}
