// SPDX-License-Identifier: Apache-2.0
import Kafka
package import Settings

extension Settings {
    /// What librdkafka says of properties one by one, by key: that it does not know them, or refuses their values.
    func propertyProblems() -> [String: String] {
        var problems: [String: String] = [:]
        for (key, (text, source)) in given where KafkaSettings.isKey(key) {
            let (role, name) = (KafkaSettings.role(of: key), KafkaSettings.name(of: key))
            if let error = Librdkafka.problems(in: [name: text]).first {
                let meant =
                    Librdkafka.properties[name] == nil ? nearest(to: name, among: Librdkafka.properties.keys) : nil
                let prefix = key.dropLast(name.count)
                let suggestion = meant.map { "; did you mean \(prefix)\($0)?" } ?? ""
                problems[key] = "\(key): \(error.reason) (\(source))\(suggestion)"
            } else if let role, let property = Librdkafka.properties[name],
                !(role == .consumer ? property.isForConsumers : property.isForProducers)
            {
                let other: Librdkafka.Role = role == .consumer ? .producer : .consumer
                problems[key] =
                    "\(key): (\(source)) does nothing, being a property of a \(other); use kafka.\(other).\(name)"
            }
        }
        return problems
    }

    /// What librdkafka refuses of the properties together, with the clients that the settings ask for.
    package func clientProblems() -> [String] {
        let group = self[Settings.groupID].isEmpty ? ["group.id": "none"] : [:]
        let isTransactional = self[Settings.deliveryGuarantee] == .exactlyOnce
        // A lack of threads is no fault of a setting's; the client that is made in earnest tells of it.
        let reason: (KafkaError?) -> String? = { error in error.flatMap { $0.isLackOfThreads ? nil : $0.reason } }
        let consumer = reason(Consumer.problem(with: consumerProperties.merging(group) { $1 }))
        let producer = reason(
            Producer.problem(with: isTransactional ? transactionalProperties(id: "none") : producerProperties)
        )
        if let consumer, consumer == producer { return ["kafka: librdkafka refuses both clients: \(consumer)"] }
        return [
            consumer.map { "kafka.consumer: librdkafka refuses the consumer: \($0)" },
            producer.map { "kafka.producer: librdkafka refuses the producer: \($0)" },
        ].compactMap { $0 }
    }
}
