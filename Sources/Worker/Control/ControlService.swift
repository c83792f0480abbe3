// SPDX-License-Identifier: Apache-2.0
import HTTP
import JSON
import Logging

/// Control of a running worker by HTTP, one action for each path.
struct ControlService: HTTPService {
    enum Action: String, CaseIterable {
        case pause
        case resume
        case reload
        case logLevel = "log-level"

        var path: String { "/control/\(rawValue)" }
    }

    let action: Action
    let control: Control
    let reloader: Reloader
    let access: PortAccess
    let log: Log

    let maxBodyBytes = 1_024
    /// A model may be large.
    var timeout: Duration { .seconds(action == .reload ? 600 : 5) }

    func refusal(of request: HTTPRequest) -> HTTPResponse? { access.refusal(of: request) }

    func refusal(status: Int) -> HTTPResponse {
        .failure(status, status == 413 ? "the body is larger than \(maxBodyBytes) bytes" : "the request is broken")
    }

    func take(_ body: [UInt8], _ exchange: HTTPExchange) {
        switch action {
        case .reload: reloader.request(exchange)
        case .pause, .resume: exchange.answer(pause())
        case .logLevel: exchange.answer(setLevel(by: body))
        }
    }

    /// Does it, and says how things are then.
    private func pause() -> HTTPResponse {
        let isPaused = action == .pause
        if control.setPaused(isPaused) {
            if isPaused { log.info("paused by /control/pause") } else { log.info("resumed by /control/resume") }
        }
        return .object { $0.field("paused", isPaused) }
    }

    private func setLevel(by body: [UInt8]) -> HTTPResponse {
        let level: Log.Level
        do throws(ScoringError) { level = try Self.level(in: body) } catch { return .failure(400, error.message) }
        log.level = level
        return .object { $0.field("level", level.rawValue) }
    }

    /// The level that `{"level": "debug"}` names.
    private static func level(in body: [UInt8]) throws(ScoringError) -> Log.Level {
        var json = try RequestJSON(body)
        var level: Log.Level?
        try json.object("") { (json, name, field) throws(ScoringError) in
            guard name == "level" else { throw ScoringError(field: field, "is no field; level is") }
            level = Log.Level(rawValue: try json.needString(field))
            let known = Log.Level.allCases.map(\.rawValue).joined(separator: ", ")
            if level == nil { throw ScoringError(field: field, "is not one of \(known)") }
        }
        try json.finish()
        guard let level else { throw ScoringError(field: "level", "is missing") }
        return level
    }

    /// The services by their paths.
    static func all(
        _ control: Control,
        _ reloader: Reloader,
        access: PortAccess,
        log: Log
    ) -> [String: any HTTPService] {
        Dictionary(
            uniqueKeysWithValues: Action.allCases.map { action in
                (
                    action.path,
                    ControlService(action: action, control: control, reloader: reloader, access: access, log: log)
                )
            }
        )
    }
}
