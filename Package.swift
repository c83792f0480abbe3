// swift-tools-version: 6.2
import PackageDescription

let swift: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "cloud4bert",
    products: [.executable(name: "cloud4bert", targets: ["cloud4bert"])],
    targets: [
        .systemLibrary(name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .target(
            name: "CKernels",
            cSettings: [
                .treatAllWarnings(as: .error),
                .enableWarning("extra"),
                // The tests run debug builds; unoptimised kernels would make them a hundred times slower.
                .unsafeFlags(["-O3"], .when(configuration: .debug)),
            ],
            linkerSettings: [.linkedLibrary("m")]
        ),
        .target(name: "CProcess", cSettings: [.treatAllWarnings(as: .error), .enableWarning("extra")]),
        .target(name: "Kafka", dependencies: ["CRdKafka"], swiftSettings: swift),
        .target(name: "Files", swiftSettings: swift),
        .target(name: "JSON", swiftSettings: swift),
        .target(
            name: "Bert",
            dependencies: ["CKernels", "CProcess", "Files", "JSON"],
            resources: [.copy("Resources/cloud4bert-sentiment")],
            swiftSettings: swift
        ),
        .target(name: "Logging", dependencies: ["JSON", "Threading"], swiftSettings: swift),
        .target(name: "Threading", swiftSettings: swift),
        .target(name: "HTTP", dependencies: ["Threading"], swiftSettings: swift),
        .target(name: "Settings", dependencies: ["Files"], swiftSettings: swift),
        .target(
            name: "Training",
            dependencies: ["Bert", "CKernels", "Files", "JSON"],
            swiftSettings: swift
        ),
        .target(
            name: "Configuration",
            dependencies: ["Bert", "Files", "HTTP", "JSON", "Kafka", "Logging", "Settings", "Threading"],
            swiftSettings: swift
        ),
        .target(
            name: "Scan",
            dependencies: ["Bert", "Configuration", "JSON", "Kafka", "Settings"],
            swiftSettings: swift
        ),
        .target(
            name: "Worker",
            dependencies: [
                "Bert", "Configuration", "Files", "HTTP", "JSON", "Kafka", "Logging", "Scan", "Settings", "Threading",
            ],
            resources: [.embedInCode("Console/Page")],
            swiftSettings: swift
        ),
        .target(
            name: "Delivered",
            dependencies: ["Configuration", "JSON", "Kafka", "Scan", "Settings"],
            swiftSettings: swift
        ),
        .executableTarget(
            name: "cloud4bert",
            dependencies: [
                "Bert", "CProcess", "Configuration", "Delivered", "Files", "JSON", "Kafka", "Logging", "Scan",
                "Settings", "Threading", "Training", "Worker",
            ],
            swiftSettings: swift
        ),
        // What the tests share.
        .testTarget(name: "TestSupport", dependencies: ["Bert", "HTTP", "Threading"], swiftSettings: swift),
        .testTarget(name: "KafkaTestSupport", dependencies: ["CRdKafka", "Kafka"], swiftSettings: swift),
        .testTarget(
            name: "WorkerTestSupport",
            dependencies: [
                "Bert", "Configuration", "Delivered", "Files", "Kafka", "KafkaTestSupport", "Logging", "Settings",
                "TestSupport", "Threading", "Worker",
            ],
            swiftSettings: swift
        ),

        .testTarget(name: "CKernelsTests", dependencies: ["CKernels"], exclude: ["Cross"], swiftSettings: swift),
        .testTarget(name: "FilesTests", dependencies: ["Files"], swiftSettings: swift),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: swift),
        .testTarget(name: "KafkaTests", dependencies: ["Kafka", "KafkaTestSupport"], swiftSettings: swift),
        .testTarget(
            name: "BertTests",
            dependencies: ["Bert", "Files", "TestSupport", "Training"],
            resources: [.copy("Golden")],
            swiftSettings: swift
        ),
        .testTarget(
            name: "TrainingTests",
            dependencies: ["Bert", "CKernels", "Files", "TestSupport", "Training"],
            resources: [.copy("Golden")],
            swiftSettings: swift
        ),
        .testTarget(
            name: "SettingsTests",
            dependencies: ["Settings"],
            exclude: ["Golden"],
            swiftSettings: swift
        ),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP", "TestSupport", "Threading"], swiftSettings: swift),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: [
                "Configuration", "HTTP", "Kafka", "Logging", "Settings", "Threading", "WorkerTestSupport",
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "DeliveredTests",
            dependencies: [
                "Bert", "Configuration", "Delivered", "Kafka", "KafkaTestSupport", "Scan", "Settings", "TestSupport",
                "Threading", "Worker", "WorkerTestSupport",
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "WorkerTests",
            dependencies: [
                "Bert", "Configuration", "Delivered", "Files", "HTTP", "Kafka", "KafkaTestSupport", "Logging",
                "Scan", "Settings", "TestSupport", "Threading", "Training", "Worker", "WorkerTestSupport",
            ],
            exclude: ["Golden"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "Cloud4bertTests",
            dependencies: ["Bert", "Kafka", "KafkaTestSupport", "TestSupport", "Training", "cloud4bert"],
            swiftSettings: swift
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Only `.ci/fuzz` asks for the fuzzers: what they are linked with comes from libFuzzer.
if Context.environment["CLOUD4BERT_FUZZ"] != nil {
    package.products.append(.library(name: "Fuzz", type: .static, targets: ["Fuzz"]))
    package.targets.append(
        .target(
            name: "Fuzz",
            dependencies: [
                "Bert", "Configuration", "Delivered", "Files", "HTTP", "JSON", "Kafka", "Settings", "Training",
                "Worker",
            ],
            path: "Tests/Fuzz",
            exclude: ["Seeds"],
            swiftSettings: swift
        )
    )
}
