// SPDX-License-Identifier: Apache-2.0
package import Bert
package import HTTP
package import JSON
package import Logging
package import Settings

extension Settings {
    package static let bootstrapServers = Setting(
        "bootstrap.servers",
        .list,
        default: "",
        "Kafka's brokers, host:port; two or three are enough to find the others."
    )
    package static let groupID = Setting(
        "group.id",
        .text,
        default: "cloud4bert",
        "The consumer group. Workers of one group share the partitions."
    )
    package static let inputTopics = Setting(
        "input.topics",
        .list,
        default: "",
        "Topics to read; one that begins with ^ is a regular expression, which never stands for a topic that the worker writes to."
    )
    package static let inputFormat = Setting(
        "input.format",
        SettingKind<InputFormat>.choice,
        default: "json",
        "How the text lies in the value: as the value itself, in JSON, or in a CloudEvent's data."
    )
    package static let inputText = Setting(
        "input.text",
        .pointers,
        default: "/text",
        "Where in the JSON the text is. Several pointers find several texts; what is not there, or null, is left out."
    )
    package static let inputTexts = Setting(
        "input.texts",
        SettingKind<InputTexts>.choice,
        default: "joined",
        "What several texts of a record are: joined to one, or each tagged by itself, too; the result then counts their labels, and is what windows.merge makes of them."
    )
    package static let inputPrefix = Setting(
        "input.prefix",
        SettingKind<InputPrefix>.choice,
        default: "none",
        "What stands before the text or the JSON: confluent is a schema registry's five bytes, which merged values come out without."
    )
    package static let inputFilter = Setting(
        "input.filter",
        SettingKind<RecordFilter>.filter,
        default: "",
        "Which records are tagged, say a customer's and not an agent's: /author/role=customer, /status!=spam, /text (is there), !/deleted (is not), header:origin=web. All of them must hold. On each element of an array, /comments/*/role=customer, a condition is about the texts in that element."
    )
    package static let inputFiltered = Setting(
        "input.filtered",
        SettingKind<OnFiltered>.choice,
        default: "forward",
        "What becomes of the other records: sent on as they are, without a tag, or left out."
    )
    package static let priorityTopics = Setting(
        "priority.topics",
        .list,
        default: "",
        "Which of input.topics go first while the worker is behind: names or regular expressions, as they stand there; no other expression there may stand for the same topics. A consumer of their own reads them, beside those of consumer.workers and with limits of its own, so that no backlog of the others holds them up."
    )
    package static let priorityRecords = Setting(
        "priority.records",
        SettingKind<RecordFilter>.filter,
        default: "",
        "Which records of the other topics go first, as in input.filter: header:urgent=1, or /author/tier=gold. They are encoded before others, but are read and published in the order of their partition: those before them there hold them up. A topic of their own, in priority.topics, does not."
    )
    package static let editsKey = Setting(
        "edits.key",
        SettingKind<EditKey?>.editKeyOrNone,
        default: "",
        "Where a record says of which comment it is a version: /comment_id, header:NAME, or key for the record's key. While several versions wait in a partition, the newest alone is tagged, and the others are skipped. Not set, each is tagged."
    )
    package static let inputMaxBytes = Setting(
        "input.max.bytes",
        .bytes(1...1 << 30),
        default: "1MiB",
        "Larger values are dead-lettered unread. Kafka's own limit is 1 MB unless raised."
    )
    package static let onTombstone = Setting(
        "on.tombstone",
        SettingKind<OnTombstone>.choice,
        default: "dead_letter",
        "Null values: forward keeps compacted topics in step."
    )
    package static let onEmpty = Setting(
        "on.empty",
        SettingKind<OnEmpty>.choice,
        default: "dead_letter",
        "Texts of nothing but white space."
    )
    package static let outputTopic = Setting(
        "output.topic",
        .text,
        default: "",
        "Where tagged records go, under the same key."
    )
    package static let outputMode = Setting(
        "output.mode",
        SettingKind<OutputMode>.choice,
        default: "envelope",
        "A JSON envelope with the text; one field merged into the input's JSON; headers beside the untouched value; or a CloudEvent, its attributes in headers, or all of it in the value."
    )
    package static let outputField = Setting(
        "output.field",
        .text,
        default: "sentiment",
        "The field that output.mode=merge adds."
    )
    package static let outputRoutes = Setting(
        "output.routes",
        SettingKind<OutputRoutes>.routes,
        default: "",
        "Where tagged records go in place of output.topic, by decision or label, to one topic or several: hold:comments.hold,review:comments.review. Name output.topic too for a copy there."
    )
    package static let decisionHold = Setting(
        "decision.hold",
        SettingKind<ScoreBands>.bands,
        default: "",
        "From which score on a record is to be held back: negative:0.9, say. The first of hold, flag and review that applies is the decision, else pass; with none of them set it is the label."
    )
    package static let decisionFlag = Setting(
        "decision.flag",
        SettingKind<ScoreBands>.bands,
        default: "",
        "From which score on a record is to be flagged: negative:0.7, say."
    )
    package static let decisionReview = Setting(
        "decision.review",
        SettingKind<ScoreBands>.bands,
        default: "",
        "Which scores are too unsure to decide: negative:0.4-0.6, or *:0-0.5 for a best label with less than 0.5."
    )
    package static let staleAfter = Setting(
        "stale.after",
        .durationOrNone(.milliseconds(1)...(.seconds(31_536_000))),
        default: "none",
        "Records whose timestamp is older when they are read are not scored: their label is null, their decision stale; nothing is left out. Give them a route if somebody is to see them."
    )
    package static let unscoredBelow = Setting(
        "unscored.below",
        SettingKind<Float>.share,
        default: "0.5",
        "Texts of whose letters the model's vocabulary covers less than this share, in another script say, are not scored: their label is null, their decision unscored. With input.texts=each, those of several texts are left out. 0 scores everything."
    )
    package static let decisionBy = Setting(
        "decision.by",
        SettingKind<RecordField?>.fieldOrNone,
        default: "",
        "Where a record says whose it is, /site or header:tenant, say: thresholds such as negative@news:0.95 are for those alone and take the place of the general ones."
    )
    package static let explain = Setting(
        "explain",
        SettingKind<Explain>.choice,
        default: "off",
        "Which results say which words the scores rest on: none, those with a decision other than pass, or all. It takes about one more encoding for each word of the text."
    )
    package static let explainWords = Setting(
        "explain.words",
        .number(1...1_000),
        default: "5",
        "How many words a result names, those that weigh most."
    )
    package static let explainMaxWords = Setting(
        "explain.max.words",
        .number(1...10_000),
        default: "64",
        "Of texts with more words, several in a row are weighed together: this bounds what an explanation costs."
    )
    package static let deadLetterTopic = Setting(
        "dead.letter.topic",
        .text,
        default: "cloud4bert.dead-letters",
        "Where records go that cannot be tagged, with headers that say why. It must be writable: no record is skipped."
    )
    package static let correctionsTopic = Setting(
        "corrections.topic",
        .text,
        default: "",
        "Where moderators' verdicts on results are, for the command corrections alone, which tells how good results are: {\"id\":\"comments-3-18231\",\"label\":\"negative\"}. A null label, or a null value under the id as key, withdraws one."
    )
    package static let modelPath = Setting(
        "model.path",
        .text,
        default: "",
        "A Hugging Face model directory, for sequence classification; empty for the built-in model, fast for its layers up to its "
            + "early exit alone, which are twice as fast and a little less often right."
    )
    package static let modelLabelsMap = Setting(
        "model.labels.map",
        SettingKind<LabelMap?>.labelMapOrNone,
        default: "",
        "What results call the model's labels, for a common schema: 1 star:negative,2 stars:negative,3 stars:neutral,4 stars:positive,5 stars:positive. Labels of one name have one score, the sum of theirs, or with a model of which several may hold the highest. Thresholds and routes go by the new names. Not set, labels keep their own."
    )
    package static let modelLabelsThresholds = Setting(
        "model.labels.thresholds",
        SettingKind<LabelThresholds>.labelThresholds,
        default: "",
        "From which score on a label holds, with a model of which several may at once (problem_type multi_label_classification): toxic:0.8,*:0.4. 0.5 where nothing is said. Results list those that hold; where none does, the decision is none, and no label's route is taken."
    )
    package static let modelVerify = Setting(
        "model.verify",
        .text,
        default: "",
        "A file of texts with the ids and logits that transformers gives them, as the command verify reads it. A worker whose machine, precision and instruction set do not reproduce them does not start; a few hundred texts cost a second or two."
    )
    package static let modelShadowPath = Setting(
        "model.shadow.path",
        .text,
        default: "",
        "A second model with the same labels, on trial: it scores a sample of the records when their results are out, at the lowest priority, and changes none of them. Metrics tell where it differs."
    )
    package static let modelShadowSample = Setting(
        "model.shadow.sample",
        SettingKind<Float>.share,
        default: "0.1",
        "The share of the records that model.shadow.path scores too, the same ones each time. What it is too slow for is dropped, and counted."
    )
    package static let modelMore = Setting(
        "model.more",
        SettingKind<MoreModels>.moreModels,
        default: "",
        "Classifiers that say something else of the same texts, each by a name: toxicity:models/toxicity,emotion:models/emotion. "
            + "Results have what they say under more; thresholds and routes name their labels as toxicity.toxic. Texts are "
            + "tokenised once for those of one vocabulary. Cost grows with each."
    )
    package static let modelPrecision = Setting(
        "model.precision",
        SettingKind<Precision>.choice,
        default: "int8",
        "The numbers that the encoder computes with; int8 is several times as fast, f32 the reference."
    )
    package static let modelExit = Setting(
        "model.exit",
        .exitRule,
        default: "auto",
        "When a text may leave the model early: a model that has early_exit_layer in its config.json has a classifier there too, "
            + "and what that is sure of goes no further. auto is as sure as the model says by early_exit_confidence, off never, "
            + "a number the least score of its best label; always has each text leave there, and the later layers are not loaded. "
            + "Each text leaves by itself, whatever else is in its batch; its tag says by model.layers how far it went."
    )
    package static let textClean = Setting(
        "text.clean",
        SettingKind<Set<CleaningStep>>.choices(),
        default: "",
        "What is taken out of texts first: html makes text of markup, quotes leaves out the message that is answered, signature what ends a mail. In doubt the text stays: a tag has the name of an HTML element and attributes that look like some, so that a<b and c>d is text."
    )
    package static let textMaxTokens = Setting(
        "text.max.tokens",
        .numberOrAuto(3...1_000_000),
        default: "auto",
        "The longest sequence, [CLS] and [SEP] included; auto is the model's own limit. Cost grows with it."
    )
    package static let textTruncation = Setting(
        "text.truncation",
        SettingKind<Truncation>.choice,
        default: "head",
        "What is kept of longer texts; windows keeps all, in windows that are read one by one. Where it is not set, a model "
            + "whose truncation_side is left keeps the tail."
    )
    package static let windowsStride = Setting(
        "windows.stride",
        .number(0...1_000_000),
        default: "0",
        "Tokens that a window has in common with the one before it."
    )
    package static let windowsMax = Setting(
        "windows.max",
        .number(1...1_000_000),
        default: "64",
        "Windows of one text; the rest of a longer one is left out, and its tag says that it is truncated."
    )
    package static let windowsMerge = Setting(
        "windows.merge",
        SettingKind<WindowMerge>.choice,
        default: "mean",
        "What a text's windows come to: the mean of their logits by length, the most negative one, or the last."
    )
    package static let consumerWorkers = Setting(
        "consumer.workers",
        .number(1...64),
        default: "1",
        "Consumers in this process. One keeps many encoders busy; more help only if reading is the bottleneck."
    )
    package static let encoderThreads = Setting(
        "encoder.threads",
        .numberOrAuto(1...512),
        default: "auto",
        "Threads that encode; auto is one for each core that this process may use, cgroup quota included."
    )
    package static let cacheMaxBytes = Setting(
        "cache.max.bytes",
        .bytes(0...1 << 40),
        default: "16MiB",
        "Memory for the scores of texts seen lately, which are not encoded again; tens of thousands of short texts. 0 for none."
    )
    package static let cacheKey = Setting(
        "cache.key",
        SettingKind<CacheKey>.choice,
        default: "tokens",
        "Which texts are the same one: those of the same tokens, or folded, those that differ in case and white space alone. With a model that tells cases apart, folded gives all of them the scores of whichever came first."
    )
    package static let batchMaxTokens = Setting(
        "batch.max.tokens",
        .number(16...1_000_000),
        default: "2048",
        "Tokens of one batch. Larger gains little beyond the default and makes the last text of a batch wait."
    )
    package static let batchMaxTexts = Setting(
        "batch.max.texts",
        .number(1...100_000),
        default: "256",
        "Texts of one batch."
    )
    package static let batchMaxWait = Setting(
        "batch.max.wait",
        .duration(.zero...(.seconds(60))),
        default: "0ms",
        "How long a text may wait for others to fill its batch. Texts are not padded, so waiting seldom pays."
    )
    package static let batchTargetP99 = Setting(
        "batch.target.p99",
        .durationOrNone(.milliseconds(1)...(.seconds(60))),
        default: "none",
        "Within which 99 of 100 texts are to be encoded after they were read. The worker then chooses a batch's size and wait by what it sees batches take, in place of batch.max.wait. Take it where throughput matters up to that time."
    )
    package static let deliveryGuarantee = Setting(
        "delivery.guarantee",
        SettingKind<DeliveryGuarantee>.choice,
        default: "at_least_once",
        "After a crash, what was in flight is done again; exactly_once hides the repeats from readers with isolation.level=read_committed, who see results once a transaction is committed."
    )
    package static let transactionalIDPrefix = Setting(
        "transactional.id.prefix",
        .text,
        default: "",
        "Begins the names of transactions; empty for group.id. The rest is group.instance.id, or else host and http.address: no two workers that run at once may share a name."
    )
    package static let commitInterval = Setting(
        "commit.interval",
        .duration(.milliseconds(10)...(.seconds(3_600))),
        default: "1s",
        "How often offsets are committed, or transactions. Longer means more repeated after a crash, or later results. The default is half of stall.timeout, or of kafka.producer.transaction.timeout.ms, where that is less."
    )
    package static let drainTimeout = Setting(
        "drain.timeout",
        .duration(.zero...(.seconds(3_600))),
        default: "10s",
        "How long a rebalance may wait for records in flight. Must be below kafka.session.timeout.ms, and below half of kafka.max.poll.interval.ms; the default is less where these are short."
    )
    package static let stallTimeout = Setting(
        "stall.timeout",
        .duration(.seconds(1)...(.seconds(86_400))),
        default: "5m",
        "Records wait and none was committed for so long: the worker is not ready any more, and logs where they are. The default is twice commit.interval where that is more."
    )
    package static let shutdownTimeout = Setting(
        "shutdown.timeout",
        .duration(.zero...(.seconds(3_600))),
        default: "25s",
        "How long SIGTERM may wait for records in flight. Kubernetes kills after 30 s unless told otherwise."
    )
    package static let inflightMaxRecords = Setting(
        "inflight.max.records",
        .number(1...10_000_000),
        default: "10000",
        "Records between reading and commit; at the limit reading pauses. No more are repeated after a crash."
    )
    package static let inflightMaxBytes = Setting(
        "inflight.max.bytes",
        .bytes(1...1 << 40),
        default: "64MiB",
        "Bytes of those records. Bounds memory."
    )
    package static let catchUp = Setting(
        "catch.up",
        SettingKind<CatchUpOrder>.choice,
        default: "in_order",
        "What to do with a backlog: in_order tags it first; newest_first tags the newest records at once, and behind them what was jumped over. Switch back once cloud4bert_catch_up_records is 0, else some are tagged again."
    )
    package static let catchUpAfter = Setting(
        "catch.up.after",
        .duration(.seconds(1)...(.seconds(86_400))),
        default: "30s",
        "How old a record is that has its partition jump to the newest, by its timestamp."
    )
    package static let driftReference = Setting(
        "drift.reference",
        SettingKind<DriftReference>.driftReference,
        default: "off",
        "What predictions are compared with, to see whether they drift: the first records after the start, so many or for so long, or a window that was kept in a file, as /drift serves it."
    )
    package static let driftWindow = Setting(
        "drift.window",
        SettingKind<StreamWindow>.streamWindow,
        default: "10000",
        "The records that are compared with the reference together. Chance alone moves small windows."
    )
    package static let httpAddress = Setting(
        "http.address",
        .hostPort,
        default: "127.0.0.1:9464",
        "Where the console (/), /metrics, /livez, /readyz and /control are served. In a container: 0.0.0.0:9464."
    )
    package static let httpScoring = Setting(
        "http.scoring",
        SettingKind<HTTPScoring>.choice,
        default: "off",
        "Whether texts are scored by HTTP, too, on http.address: POST /predict as text-embeddings-inference has it, and POST /v1alpha1/comments:analyze as the Perspective API. They go before records, as urgent ones do."
    )
    package static let httpScoringMaxTexts = Setting(
        "http.scoring.max.texts",
        .number(1...100_000),
        default: "256",
        "Texts that may wait for their scores at a time, over all requests; beyond it the answer is 429. A request with more than that alone is refused with 413."
    )
    package static let httpScoringMaxBytes = Setting(
        "http.scoring.max.bytes",
        .bytes(1...1 << 26),
        default: "256KiB",
        "Bytes of a request's body; more is refused with 413. Memory for some three hundred of them is in memory_bound_mib."
    )
    package static let httpScoringTimeout = Setting(
        "http.scoring.timeout",
        .duration(.milliseconds(1)...(.seconds(3_600))),
        default: "30s",
        "How long an answer may take; it is 503 then."
    )
    package static let httpToken = Setting(
        "http.token",
        .bearerToken,
        default: "",
        isSecret: true,
        "What requests to be scored, /control and the console must bring along, as Authorization: Bearer TOKEN; best from a file, http.token.file = /run/secrets/token. Needed for them unless http.address is of this machine alone, as 127.0.0.1 is."
    )
    package static let consoleShowText = Setting(
        "console.show.text",
        SettingKind<ConsoleText>.choice,
        default: "false",
        "Whether the console at / shows the texts of the records that pass by, to whoever may see it: with http.token who has that, else programs of this machine."
    )
    package static let logLevel = Setting(
        "log.level",
        SettingKind<Log.Level>.choice,
        default: "info",
        "The least that is logged. At debug librdkafka's own lines are, too: kafka.debug = broker,cgrp (and the like) for more."
    )
    package static let logFormat = Setting(
        "log.format",
        SettingKind<Log.Format>.choice,
        default: "text",
        "One line an event, on standard error."
    )
}
