// SPDX-License-Identifier: Apache-2.0
package import Bert
internal import Files
package import Settings

extension Settings {
    /// Throws where a model does not reproduce what `model.verify` expects of it, or that cannot be read. It encodes all texts
    /// of the file.
    package func verify(_ model: Model) throws(SettingsError) {
        let path = self[Settings.modelVerify]
        guard !path.isEmpty, let problem = Self.problem(of: model, by: path) else { return }
        throw SettingsError(problems: ["\(Settings.modelVerify.key): \(problem)"])
    }

    private static func problem(of model: Model, by path: String) -> String? {
        do throws(FileError) {
            let problem = try Verification(ExpectedOutputs(path: path), of: model).problem
            let machine = "\(model.precision.rawValue) and \(model.kernels.instructionSet)"
            return problem.map { "\(path) is not reproduced with \(machine): \($0)" }
        } catch {
            return error.description
        }
    }
}
