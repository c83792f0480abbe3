// SPDX-License-Identifier: Apache-2.0

/// The version of this program.
public enum Version {
    /// As `cloud4bert version` shows it.
    public static let number = "0.1.0"
}
