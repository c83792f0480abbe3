// SPDX-License-Identifier: Apache-2.0

/// What the demo's users say.
enum DemoTexts {
    static let all = [
        "Excellent suggestion, that fixed it. Thank you so much!",
        "This is the worst release in years, nothing works any more.",
        "You need to set the port in the configuration file.",
        "I love how clear the documentation has become.",
        "The build fails on a fresh checkout, and nobody answers.",
        "Which version of the compiler do you use?",
        "Great work, everyone 🎉",
        "I am so tired of this bug. Third time this week!",
        "The function returns the number of bytes that were read.",
        "Works like a charm now, you saved my day.",
        "Horrible interface, I can't find anything in it.",
        "Add the header before you send the request.",
        "What a beautiful piece of code.",
        "Sorry, but this makes no sense at all.",
        "The meeting is moved to Thursday at ten.",
        "Thanks, I'll try that and report back.",
        "I hate that it forgets my settings each time.",
        "See line 42 of the log for the full path.",
        "Perfect, exactly what I was looking for!",
        "It crashes whenever I open a large file, really frustrating.",
    ]
}
