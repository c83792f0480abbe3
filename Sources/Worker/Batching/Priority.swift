// SPDX-License-Identifier: Apache-2.0

/// Which texts are encoded before which.
enum Priority: Comparable {
    /// Of a record that the front of its partition has jumped over: after all others.
    case behind
    case ordinary
    case urgent
}
