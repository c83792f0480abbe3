// SPDX-License-Identifier: Apache-2.0
import Configuration
import Foundation
import Testing

@testable import Worker

@Suite struct TextCleaningTests {
    private func clean(_ text: String, _ steps: Set<CleaningStep> = Set(CleaningStep.allCases)) -> String {
        TextCleaning(steps: steps)(text)
    }

    @Test("Without a step a text is as it was")
    func nothing() { #expect(clean(" <p>a</p>\n\n\n> b \n-- \nAnn", []) == " <p>a</p>\n\n\n> b \n-- \nAnn") }

    @Test(
        "HTML is shown a block to a line, with its entities, and without scripts, styles and comments",
        arguments: [
            ("<p>One</p><p>Two</p>", "One\nTwo"), ("One<br>Two<br/><br><br>Three", "One\nTwo\n\nThree"),
            ("<div><div>a  b\n c</div></div>d", "a b c\nd"),
            ("<p>&lt;b&gt; &amp;amp; &eacute;&#233;&#xE9;&nbsp;&#146;</p>", "<b> &amp; ééé ’"),
            (
                "<html><head><title>t</title><style>p{}</style></head><body>x<script>y()</script><!-- z --></body></html>",
                "x"
            ),
            ("<table><tr><td>Order</td><td>12</td></tr><tr><td>Paid</td></tr></table>", "Order 12\nPaid"),
            ("<pre>a\n  b</pre>", "a\n  b"), ("<p>5 < 6 and a&b &unknown; &#0;</p>", "5 < 6 and a&b &unknown; &#0;"),
            ("<P CLASS=\"a>b\">x</P>", "x"), ("<p>from <ann@example.com></p>", "from <ann@example.com>"),
            ("<div>unclosed <b>bold", "unclosed bold"), ("<p>a<style>b", "ab"), ("<p>a<!-- b", "a b"),
            ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
            ("x <error> y < 3, List<String>", "x <error> y < 3, List<String>"),
            ("a<b and c>d", "a<b and c>d"), ("<p>a<b and c>d, x <error> y</p>", "a<b and c>d, x <error> y"),
            ("<p>if x<p or y>q and z</p>", "if x<p or y>q and z"),
            ("<p>no <!!! way> <?? why></p>", "no <!!! way> <?? why>"),
            ("<p>a</p or b>c", "a</p or b>c"), ("<p>see <your name> and <url></p>", "see <your name> and <url>"),
            ("<table border><tr><td nowrap>a<td WIDTH = 5>b</table><hr noshade>", "a b"),
            ("<!DOCTYPE html><p>a<![if !mso]>b<![endif]><?xml:namespace prefix = o />c", "abc"),
            ("<p>a<svg viewBox='0 0 1 1'><text>x</text></svg>b<my-tag>c</my-tag></p>", "abc"),
            ("<p title='it''s'>a</p>", "a"), ("<o:p></o:p><p>a</p>", "a"), ("<p>a</p", "a</p"),
        ]
    )
    func html(html: String, text: String) { #expect(clean(html, [.html]) == text) }

    @Test(
        "The message that is answered goes, with the line that says whose it is; comparisons and forwarded messages stay",
        arguments: [
            (
                "Still broken.\n\nOn Tue, 3 Mar 2026 at 10:12, Help <h@example.com> wrote:\n> Try again.\n> Ann",
                "Still broken."
            ),
            ("No.\n\nOn Tue, 3 Mar 2026 at 10:12,\nHelp <h@example.com> wrote:\n\n> a\n>> b\n\nBye", "No.\n\nBye"),
            ("Nein.\nAm 03.03.2026 um 10:12 schrieb Hilfe:\n> a", "Nein."),
            ("Non.\nLe 3 mars 2026 à 10:12, Aide <a@example.com> a écrit :\n> a", "Non."),
            ("No.\nEl mar, 3 mar 2026 a las 10:12, Ayuda escribió:\n> a", "No."),
            ("No.\n-----Original Message-----\nFrom: Help\nAll of it", "No."),
            (
                "No.\n________________________________\nFrom: Help <h@example.com>\nSent: Tuesday\nTo: me\nSubject: x\n\nHi",
                "No."
            ),
            ("> Did you restart?\nYes.\n> And then?\nNothing.", "Yes.\nNothing."),
            ("I ordered\n> 20 of them", "I ordered\n> 20 of them"),
            ("On Monday you wrote:\nit comes soon", "On Monday you wrote:\nit comes soon"),
            ("From: Rome\nTo: Paris\nDate: 3 May\nNever flown.", "From: Rome\nTo: Paris\nDate: 3 May\nNever flown."),
            (
                "See below.\n---------- Forwarded message ---------\nFrom: A\nDate: B\nSubject: C\n\n> d",
                "See below.\n---------- Forwarded message ---------\nFrom: A\nDate: B\nSubject: C\n\n> d"
            ),
            ("> only\n> this", "> only\n> this"),
        ]
    )
    func quotes(mail: String, own: String) { #expect(clean(mail, [.quotes]) == own) }

    @Test("Mail clients' quotes in HTML are quotes")
    func quotesInHTML() {
        let gmail =
            "<div>No.</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">On Tue, 3 Mar 2026 at 10:12, Help &lt;h@example.com&gt; wrote:<br></div>"
            + "<blockquote class=\"gmail_quote\"><div>Try again</div><blockquote>and again</blockquote></blockquote></div>"
        #expect(clean(gmail) == "No.")
        #expect(
            clean("<p>No.</p><div class=\"yahoo_quoted\"><div>On 3 May at 10:12, Help wrote:</div><p>a</p></div>")
                == "No."
        )
        #expect(clean("<p>They said</p><blockquote>wait</blockquote>") == "They said\nwait")
        // Apple Mail and Thunderbird; one line is enough, and a comparison beside it is none.
        #expect(
            clean("<p>No.</p><blockquote type=\"cite\">Try again</blockquote><p>&gt; 20 fail</p>") == "No.\n> 20 fail"
        )
        #expect(clean("<blockquote type=\"cite\" cite=\"mid:1@a\"><p>One?</p></blockquote><p>Two.</p>") == "Two.")
        #expect(clean("<blockquote type=\"cite\">all of it</blockquote>") == "> all of it")
        #expect(clean("<p>\0 a\0&#0;</p>") == "a&#0;")
    }

    @Test(
        "What ends a mail goes, and a word of thanks that says something stays",
        arguments: [
            ("It broke.\n-- \nAnn Miller\nExample Ltd.", "It broke."),
            ("It broke.\n\nSent from my iPhone", "It broke."),
            ("It broke.\n\nBest regards,\nAnn Miller\n+44 20 7946 0000\nhttps://example.com", "It broke."),
            ("Kaputt.\n\nMit freundlichen Grüßen\nAnn", "Kaputt."),
            ("It broke.\n\nThanks\nAnn\n\nGet Outlook for iOS", "It broke."),
            (
                "It broke.\n\nRegards,\nAnn\n\nThis e-mail and any attachments are confidential and intended for the addressee.",
                "It broke."
            ),
            ("It broke.\n\nThanks for nothing\nAnn", "It broke.\n\nThanks for nothing\nAnn"),
            ("Solved.\nThanks!", "Solved.\nThanks!"), ("Thanks\nplease call me back", "Thanks\nplease call me back"),
            ("Thanks,\nbut it still does not work at all.", "Thanks,\nbut it still does not work at all."),
            ("a\n--\nb --verbose is ignored", "a"), ("Use -- to end options", "Use -- to end options"),
            ("This message is shown: disk full", "This message is shown: disk full"),
            ("It was sent from my phone and never came", "It was sent from my phone and never came"),
        ]
    )
    func signature(mail: String, own: String) { #expect(clean(mail, [.signature]) == own) }

    private struct Ticket: Decodable {
        let id: String
        let raw: String
        let wanted: String
    }

    /// Made-up mails with what someone kept of them by hand.
    private static func tickets() throws -> [Ticket] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Golden/tickets.jsonl")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        return try lines.map { try JSONDecoder().decode(Ticket.self, from: Data($0.utf8)) }
    }

    @Test("Of 200 tickets at least 190 are what someone made of them by hand, and none lacks a line of its writer's")
    func byHand() throws {
        let tickets = try Self.tickets()
        let cleaned = tickets.map { clean($0.raw) }
        let different = zip(tickets, cleaned).filter { $0.wanted != $1 }.map(\.0.id)
        #expect(tickets.count == 200 && different.count <= 10, "\(different.count): \(different)")
        for (ticket, cleaned) in zip(tickets, cleaned) {
            let lines = Set(cleaned.split(separator: "\n"))
            let lacking = ticket.wanted.split(separator: "\n").filter { !lines.contains($0) }
            #expect(lacking.isEmpty, "\(ticket.id)")
        }
    }

    @Test("Something is always left, and nothing but marks takes no more time than other texts")
    func hostile() {
        #expect(clean("-- \nAnn") == "-- \nAnn".replacing(" \n", with: "\n"))
        for part in [
            "<", "<a ", "<a \"", "<a =\"", "</", "<!--", "<style>", "<b c", "<b =", "<b c=", "<!", "<?x", "&", "&#x",
            ">", "> \n", "<div>", "On 3:4\n",
            "--\n", "a:\n",
        ] {
            let text = String(repeating: part, count: 50_000 / part.utf8.count)
            _ = clean("<p>" + text)
            _ = clean(text + ">")
        }
    }
}
