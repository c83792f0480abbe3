// SPDX-License-Identifier: Apache-2.0

/// What Kafka itself says of topics.
public enum Topic {
    /// Whether a cluster lets a topic have this name.
    public static func isName(_ text: String) -> Bool {
        let isLegal = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isLegal && (1...249).contains(text.utf8.count) && text != "." && text != ".."
    }

    /// Topics that the brokers write to when a client commits offsets or transactions.
    public static let ofCommits = ["__consumer_offsets", "__transaction_state"]
}
