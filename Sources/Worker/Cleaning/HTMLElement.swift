// SPDX-License-Identifier: Apache-2.0

/// The names that HTML knows, those of old documents too.
enum HTMLElement {
    /// Elements that begin a line and end one.
    static let blocks = words(
        """
        address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li
        main nav ol p pre section table tbody tfoot thead tr ul
        """
    )
    /// Elements that show that a text is HTML.
    static let common = blocks.union(words("html head br span b i u em strong font img td th style meta"))
    /// Elements without text of their own.
    static let silent = words("head noscript script style svg template title")

    private static let all = common.union(silent).union(
        words(
            """
            a abbr acronym applet area audio base basefont bdi bdo bgsound big blink button canvas caption cite code col
            colgroup data datalist del details dfn dialog dir embed figcaption frame frameset hgroup iframe input ins kbd label
            legend link listing map mark marquee menu meter nobr noembed noframes object optgroup option output param picture
            plaintext progress q rb rp rt rtc ruby s samp search select slot small source strike sub summary sup textarea time
            track tt var video wbr xmp
            """
        )
    )
    private static let bareAttributes = words(
        """
        allowfullscreen async autofocus autoplay border checked compact controls declare default defer disabled download
        formnovalidate hidden inert ismap itemscope loop multiple muted nohref nomodule noresize noshade novalidate nowrap open
        playsinline readonly required reversed selected
        """
    )

    /// Whether a tag may have this name: an element's, or one of another namespace, or of the page's own.
    static func isName(_ name: String) -> Bool { all.contains(name) || name.contains(":") || name.contains("-") }

    /// Whether an attribute of this name may stand without a value.
    static func isBareAttribute(_ name: String) -> Bool { bareAttributes.contains(name) || name.hasPrefix("data-") }

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
