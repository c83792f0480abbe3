// SPDX-License-Identifier: Apache-2.0
import Kafka
import Settings

extension Settings {
    /// Has defaults follow what was set, so that to set one of two settings that have to fit is enough.
    ///
    /// Where both were set, nothing is derived, and `workerProblems` says if they do not fit.
    mutating func deriveDefaults() {
        deriveFetchSizes()
        deriveReconnections()
        deriveGroupTimes()
        deriveCommitTimes()
    }

    /// librdkafka wants `message.max.bytes` ≤ `fetch.max.bytes` ≤ `receive.message.max.bytes` - 512.
    private mutating func deriveFetchSizes() {
        let (fetchKey, messageKey) = ("kafka.consumer.fetch.max.bytes", "kafka.consumer.message.max.bytes")
        let message = given("message.max.bytes", .consumer), receive = given("receive.message.max.bytes", .consumer)
        var fetch = given("fetch.max.bytes", .consumer)
        if fetch == nil, message ?? 0 > Self.fetchBytes || receive ?? .max < Self.fetchBytes + 512 {
            let size = max(min(Self.fetchBytes, (receive ?? .max) - 512), message ?? 0)
            derive(fetchKey, "\(size)", from: message ?? 0 >= size ? "message.max.bytes" : "receive.message.max.bytes")
            fetch = size
        }
        // librdkafka's own default is a million.
        if message == nil, let fetch, fetch < 1_000_000 {
            derive(messageKey, "\(max(fetch, 1_000))", from: "fetch.max.bytes")
        }
    }

    /// librdkafka wants `reconnect.backoff.ms` ≤ `reconnect.backoff.max.ms`; by itself they are 100 and 10,000.
    private mutating func deriveReconnections() {
        for role in [Librdkafka.Role.consumer, .producer] {
            let (first, last) = (given("reconnect.backoff.ms", role), given("reconnect.backoff.max.ms", role))
            if let first, last == nil, first > 10_000 {
                derive("kafka.\(role).reconnect.backoff.max.ms", "\(first)", from: "reconnect.backoff.ms")
            }
            if let last, first == nil, last < 100 {
                derive("kafka.\(role).reconnect.backoff.ms", "\(last)", from: "reconnect.backoff.max.ms")
            }
        }
    }

    /// A member's heartbeats, a session and the time between two polls are each longer than the one before, and a drain
    /// is over before a session or the time between two polls is.
    private mutating func deriveGroupTimes() {
        let session = given("session.timeout.ms", .consumer), poll = given("max.poll.interval.ms", .consumer)
        if session == nil, let poll, poll < Self.sessionTimeout {
            derive("kafka.consumer.session.timeout.ms", "\(poll)", from: "max.poll.interval.ms")
        }
        if poll == nil, let session, session > Self.pollInterval {
            derive("kafka.consumer.max.poll.interval.ms", "\(session)", from: "session.timeout.ms")
        }
        let (time, interval) = (sessionTimeout, maxPollInterval)
        if given("heartbeat.interval.ms", .consumer) == nil, time < 9_000 {
            derive("kafka.consumer.heartbeat.interval.ms", "\(max(time / 3, 1))", from: "session.timeout.ms")
        }
        // Nothing is polled during a drain and the commit after it, which may take as long.
        let longest = min(time / 2, interval / 3)
        derive(
            Self.drainTimeout,
            .milliseconds(longest),
            ifBelowDefaultFrom: time / 2 <= interval / 3 ? "kafka.session.timeout.ms" : "kafka.max.poll.interval.ms"
        )
    }

    /// A commit comes well within the time in which one is missed, and a transaction lives from one commit to the next.
    private mutating func deriveCommitTimes() {
        let commit = given[Self.commitInterval.key].map { _ in self[Self.commitInterval] }
        let stall = given[Self.stallTimeout.key].map { _ in self[Self.stallTimeout] }
        let isTransactional = self[Self.deliveryGuarantee] == .exactlyOnce
        let transaction = isTransactional ? given("transaction.timeout.ms", .producer) : nil
        if commit == nil {
            let (byStall, byTransaction) = (stall.map { $0 / 2 }, transaction.map { Duration.milliseconds($0 / 2) })
            let longest = min(byStall ?? .seconds(3_600), byTransaction ?? .seconds(3_600))
            let cause = longest == byStall ? Self.stallTimeout.key : "kafka.producer.transaction.timeout.ms"
            derive(Self.commitInterval, longest, ifBelowDefaultFrom: cause)
        } else if let commit, stall == nil, self[Self.stallTimeout] < commit * 2 {
            derive(Self.stallTimeout, commit * 2, from: Self.commitInterval.key)
        }
        guard isTransactional else { return }
        if transaction == nil {
            let needs = [
                ("commit.interval", commit.map { $0.wholeMilliseconds * 2 }),
                ("socket.timeout.ms", given("socket.timeout.ms", .producer).map { $0 + 100 }),
                ("message.timeout.ms", given("message.timeout.ms", .producer)),
            ]
            let most = needs.max { $0.1 ?? 0 < $1.1 ?? 0 }
            if let (cause, time) = most, let time, time > Self.standardTransactionTimeout {
                derive("kafka.producer.transaction.timeout.ms", "\(time)", from: cause)
            }
        } else if let transaction, given("socket.timeout.ms", .producer) == nil, transaction < 10_100 {
            let time = max(transaction - 100, 10)
            derive("kafka.producer.socket.timeout.ms", "\(time)", from: "transaction.timeout.ms")
        }
    }

    /// A number that was set, under whatever name of the property.
    private func given(_ name: String, _ role: Librdkafka.Role) -> Int? {
        let canonical = Librdkafka.properties[name]?.canonicalName
        let value = givenProperties(role).first { Librdkafka.properties[$0.key]?.canonicalName == canonical }?.value
        return value.flatMap { Int($0) }
    }

    private mutating func derive(_ key: String, _ text: String, from cause: String) {
        derive(key, text, because: reason(cause))
    }

    private mutating func derive(_ setting: Setting<Duration>, _ value: Duration, from cause: String) {
        // In whole milliseconds, as settings are.
        let value = Duration.milliseconds(value.wholeMilliseconds)
        derive(setting, value, value.text, because: reason(cause))
    }

    private func reason(_ cause: String) -> String {
        let isOwn = Self.table.byKey[cause] != nil || KafkaSettings.isKey(cause)
        return "follows \(isOwn ? cause : KafkaSettings.prefix + cause)"
    }

    private mutating func derive(_ setting: Setting<Duration>, _ value: Duration, ifBelowDefaultFrom cause: String) {
        guard given[setting.key] == nil, value < self[setting] else { return }
        derive(setting, value, from: cause)
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int { Int(self / .milliseconds(1)) }
}
