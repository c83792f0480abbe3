// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The parts that the pages have in common.
package enum HTML {
    /// Text as it may stand in an element or a quoted attribute.
    package static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// A number with so many digits behind the point.
    package static func figure(_ value: Double, digits: Int) -> String { String(format: "%.\(digits)f", value) }

    /// A whole page that needs nothing beside it.
    package static func page(title: String, body: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="\(policy)">
        <title>\(escaped(title))</title>
        <style>\(style)</style></head>
        <body><main>
        <h1>\(escaped(title))</h1>
        \(body)
        </main></body></html>

        """
    }

    /// Nothing is loaded, run or sent; styles stand in the page.
    private static let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

    private static let style = """
        :root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#fbfbf9;--rule:#d9dde3;
        --c0:#2563a8;--c1:#c2571a;--c2:#2c7a4b;--c3:#8a3fa0;--c4:#a0801a;--c5:#b0304a}
        @media (prefers-color-scheme:dark){:root{--ink:#e7eaf0;--soft:#9aa5b4;--paper:#14181f;--rule:#2f3742;
        --c0:#6aa9f0;--c1:#f0975a;--c2:#6cc890;--c3:#cf8fe4;--c4:#dcbf5c;--c5:#f08299}}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        main{max-width:780px;margin:0 auto;padding:2rem 1rem 4rem}
        h1{font-size:1.6rem;line-height:1.2;margin:0 0 1rem}h2{font-size:1.05rem;margin:0}
        figure{margin:2rem 0}figcaption p{margin:.1rem 0 .4rem;color:var(--soft);font-size:.9rem}
        svg{width:100%;height:auto;display:block}svg text{fill:var(--soft);font:11px system-ui,sans-serif}
        .grid{stroke:var(--rule);fill:none}.line{fill:none;stroke-width:2;stroke-linejoin:round}
        .key{display:inline-block;width:.9em;height:.25em;margin:0 .35em .25em .8em}
        .line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}
        .line.c3{stroke:var(--c3)}.line.c4{stroke:var(--c4)}.line.c5{stroke:var(--c5)}
        .key.c0{background:var(--c0)}.key.c1{background:var(--c1)}.key.c2{background:var(--c2)}
        .key.c3{background:var(--c3)}.key.c4{background:var(--c4)}.key.c5{background:var(--c5)}
        .scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem}
        th,td{text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
        td{white-space:nowrap}td:last-child{white-space:normal;overflow-wrap:anywhere}
        .soft{color:var(--soft);font-size:.9rem}section{margin:2.5rem 0}
        h3{font-size:.95rem;margin:1.8rem 0 .4rem}.tiles{display:flex;flex-wrap:wrap;gap:.4rem 2rem;margin:.6rem 0 1rem}
        .tiles b{display:block;font-size:1.5rem;font-weight:600;line-height:1.2}.tiles span{color:var(--soft);font-size:.85rem}
        .matrix td{min-width:6rem;padding:.5rem .8rem;text-align:right;vertical-align:middle}
        .matrix td b{display:block}.matrix td span{color:var(--soft);font-size:.8rem}
        .matrix .right{background:color-mix(in srgb,var(--c2) calc(var(--share)*.5),transparent)}
        .matrix .wrong{background:color-mix(in srgb,var(--c1) calc(var(--share)*.9),transparent)}
        .bar{fill:var(--c0);opacity:.3}.dot{fill:var(--c0)}.diagonal{stroke-dasharray:4 4;stroke-width:1.5}
        """
}
