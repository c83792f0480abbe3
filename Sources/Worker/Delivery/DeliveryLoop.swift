// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Logging

/// Carries out what a consumer worker's delivery decides, and tells it what came of that; one thread's loop.
struct DeliveryLoop {
    let worker: ConsumerWorker
    let source: any RecordSource
    let sink: any RecordSink
    /// The sink, where it has transactions.
    let transactions: (any TransactionalSink)?
    let metrics: WorkerMetrics
    let health: Health
    let log: Log
    private var commit: (any CommitUnderWay)?

    /// A call's own time; it is made again, which resumes it, but for the end of the worker.
    private static let callTimeout = Duration.seconds(5)
    /// In slices, so that a failure is noticed when it comes. It comes in any case: a message times out.
    private static let flushTimeout = Duration.milliseconds(100)

    init(
        worker: ConsumerWorker,
        source: any RecordSource,
        sink: any RecordSink,
        transactions: (any TransactionalSink)? = nil,
        metrics: WorkerMetrics,
        health: Health,
        log: Log
    ) {
        self.worker = worker
        self.source = source
        self.sink = sink
        self.transactions = transactions
        self.metrics = metrics
        self.health = health
        self.log = log
    }

    /// Runs until the worker is closed, or nothing can be published any more.
    mutating func run() throws(WorkerError) {
        while true {
            var events: [DeliveryEvent] = []
            switch worker.nextAction(isJoining: { source.isJoining }) {
            case .stop(let error):
                guard let error else { return }
                worker.fail()
                // A worker that was closed has been given up already; what it could not do is no news.
                guard worker.isClosed else { throw error }
                return
            case .wait:
                continue
            case .send(let messages):
                events += send(messages)
            case .poll(let timeout):
                events += read(sink.poll(timeout: timeout))
            case .flush:
                events += read(sink.flush(timeout: Self.flushTimeout))
            case .startCommit(let offsets):
                events.append(startCommit(offsets))
            case .call(let call):
                events.append(make(call))
            case .queryCommitted(let partitions):
                events.append(query(partitions))
            }
            events += read(sink.poll(timeout: .zero))
            events += commitResult()
            for notice in worker.take(events) { note(notice) }
        }
    }

    // MARK: Actions

    private func send(_ messages: [Outgoing]) -> [DeliveryEvent] {
        for (index, outgoing) in messages.enumerated() {
            do throws(KafkaError) {
                try sink.send(outgoing.message, token: outgoing.token)
            } catch {
                return [.notSent(Array(messages[index...]), error)]
            }
        }
        return []
    }

    private func read(_ poll: Producer.Poll) -> [DeliveryEvent] {
        var events: [DeliveryEvent] = []
        if !poll.reports.isEmpty { events.append(.reported(poll.reports)) }
        if !poll.errors.isEmpty { events.append(.clientErrors(poll.errors)) }
        return events
    }

    private mutating func startCommit(_ offsets: [TopicPartition: OffsetAndMetadata]) -> DeliveryEvent {
        do throws(KafkaError) {
            commit = try source.startCommit(offsets)
            return .commitStarted
        } catch {
            return .commitFailed(error)
        }
    }

    private mutating func commitResult() -> [DeliveryEvent] {
        guard let result = commit?.result(timeout: .zero) else { return [] }
        commit = nil
        switch result {
        case .success(let offsets): return [.committed(offsets)]
        case .failure(let error): return [.commitFailed(error)]
        }
    }

    private func make(_ call: TransactionCall) -> DeliveryEvent {
        guard let transactions else { preconditionFailure("a delivery without transactions asked for one") }
        do throws(KafkaError) {
            try transactions.call(call, timeout: worker.limit(Self.callTimeout))
            return .called(call)
        } catch {
            return .callFailed(call, error)
        }
    }

    private func query(_ partitions: [TopicPartition]) -> DeliveryEvent {
        do throws(KafkaError) {
            return .queried(try source.committed(partitions, timeout: worker.limit(Self.callTimeout)))
        } catch {
            return .queryFailed(error)
        }
    }

    // MARK: Notices

    private func note(_ notice: DeliveryNotice) {
        switch notice {
        case .delivered(let items):
            metrics.delivered(items)
        case .committed(let offsets):
            metrics.committed()
            health.committed(offsets)
        case .commitFailed(let error):
            metrics.commitFailed()
            log.warning("a commit failed; its offsets are committed with the next one", ["error": error.description])
        case .transactionCommitted:
            metrics.transactionCommitted()
        case .transactionFoundCommitted:
            log.info("the transaction was found committed and is not repeated")
        case .transactionAborted(let error):
            metrics.transactionAborted(error.kind)
            log.warning("transaction aborted, retrying", ["error": error.description])
        case .transactionLeft:
            metrics.transactionAborted(.purged)
        case .transactionTimesOut(let error):
            log.warning("the last transaction could not be aborted and will time out", ["error": error.description])
        case .retrying(let error):
            failed(error)
            log.warning("a call to kafka failed, retrying", ["error": error.description])
        case .producerRenewed(let error):
            log.warning("producer replaced after an error", ["error": error.description])
        case .clientError(let error):
            failed(error)
            log.warning("kafka error", ["error": error.description])
        }
    }

    private func failed(_ error: KafkaError) {
        metrics.kafkaError(error)
        health.kafkaFailed(error)
    }
}
