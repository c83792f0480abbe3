// SPDX-License-Identifier: Apache-2.0

/// The tokens that have a part of their own, as `tokenizer_config.json` and `special_tokens_map.json` name them.
struct SpecialTokenNames: Decodable, Sendable {
    var unk: TokenEntry?
    var cls: TokenEntry?
    var sep: TokenEntry?
    var mask: TokenEntry?
    var pad: TokenEntry?
    var bos: TokenEntry?
    var eos: TokenEntry?
    /// Others that are special.
    var extra: [TokenEntry] = []

    private enum Key: String, CodingKey {
        case unk = "unk_token"
        case cls = "cls_token"
        case sep = "sep_token"
        case mask = "mask_token"
        case pad = "pad_token"
        case bos = "bos_token"
        case eos = "eos_token"
        case extra = "extra_special_tokens"
        case additional = "additional_special_tokens"
    }

    init() {}

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        unk = try fields.decodeIfPresent(TokenEntry.self, forKey: .unk)
        cls = try fields.decodeIfPresent(TokenEntry.self, forKey: .cls)
        sep = try fields.decodeIfPresent(TokenEntry.self, forKey: .sep)
        mask = try fields.decodeIfPresent(TokenEntry.self, forKey: .mask)
        pad = try fields.decodeIfPresent(TokenEntry.self, forKey: .pad)
        bos = try fields.decodeIfPresent(TokenEntry.self, forKey: .bos)
        eos = try fields.decodeIfPresent(TokenEntry.self, forKey: .eos)
        for key in [Key.extra, .additional] where fields.contains(key) {
            // A list, or a dictionary from a name to the token; null in old files.
            if let named = try? fields.decode([String: TokenEntry].self, forKey: key) {
                extra += named.sorted { $0.key < $1.key }.map(\.value)
            } else {
                extra += try fields.decodeIfPresent([TokenEntry].self, forKey: key) ?? []
            }
        }
    }

    /// These names, and the other ones where these have none.
    func falling(backOn other: SpecialTokenNames) -> SpecialTokenNames {
        var names = self
        names.unk = unk ?? other.unk
        names.cls = cls ?? other.cls
        names.sep = sep ?? other.sep
        names.mask = mask ?? other.mask
        names.pad = pad ?? other.pad
        names.bos = bos ?? other.bos
        names.eos = eos ?? other.eos
        names.extra = other.extra + extra
        return names
    }
}
