// SPDX-License-Identifier: Apache-2.0
public import Logging
public import Settings

extension Log {
    /// A log as the settings ask for it.
    public convenience init(settings: Settings) {
        self.init(level: settings[Settings.logLevel], format: settings[Settings.logFormat])
    }
}
