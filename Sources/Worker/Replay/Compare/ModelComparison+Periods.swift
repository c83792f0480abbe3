// SPDX-License-Identifier: Apache-2.0

extension ModelComparison {
    /// Records of an hour or a day.
    public struct Period: Sendable, Equatable {
        /// When it begins, in hours since 1970 in UTC.
        public let hour: Int64
        /// What the first model says.
        public internal(set) var before: PredictionCounts
        /// What the second one says.
        public internal(set) var after: PredictionCounts

        init(hour: Int64, labels: Int) {
            self.hour = hour
            before = PredictionCounts(labels: labels)
            after = before
        }

        /// The hour that a time lies in, in milliseconds since 1970.
        static func hour(of time: Int64) -> Int64 { Int64((Double(time) / 3_600_000).rounded(.down)) }
    }

    /// Up to how many hours are shown each; beyond that, days are.
    private static let maxHours: Int64 = 72

    /// The records by hour, or by day where they span more than three, in order; those without a time are in none.
    public var periods: (isByDay: Bool, rows: [Period]) {
        let sorted = hours.values.sorted { $0.hour < $1.hour }
        guard let first = sorted.first, let last = sorted.last, last.hour - first.hour >= Self.maxHours else {
            return (false, sorted)
        }
        var days: [Period] = []
        for period in sorted {
            let day = Int64((Double(period.hour) / 24).rounded(.down)) * 24
            if days.last?.hour != day { days.append(Period(hour: day, labels: labels.count)) }
            days[days.count - 1].before.add(period.before)
            days[days.count - 1].after.add(period.after)
        }
        return (true, days)
    }
}
