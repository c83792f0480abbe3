// SPDX-License-Identifier: Apache-2.0
import Bert
import Kafka

extension Record {
    /// Whether it is in a sample of this share of all records, by its id: the same ones each time.
    func isIn(sample: Double) -> Bool {
        sample >= 1 || Double(Self.sampleHash(of: id) >> 11) * 0x1p-53 < sample
    }

    /// A number that samples go by, as if at random, from a record's id.
    static func sampleHash(of id: String) -> UInt64 {
        // The last digits of an offset hardly reach the high bits of FNV, so that whole tens would be in the sample or not:
        // MurmurHash3's last step (fmix64, Appleby) has each bit of the hash change each.
        var hash = Digest.fnv1a(of: id)
        hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ hash >> 33
    }
}
