// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Makes a thread that runs `body`. Not one of Dispatch's: those are waited for for ever where the process may have no more.
///
/// - Returns: 0, or the `errno` of why there is no thread; `body` does not run then.
func startThread(_ thread: inout pthread_t, _ body: @escaping @Sendable () -> Void) -> Int32 {
    let box = Unmanaged.passRetained(ThreadBody(run: body))
    let code = pthread_create(
        &thread,
        nil,
        { box in
            guard let box else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(box).takeRetainedValue().run()
            return nil
        },
        box.toOpaque()
    )
    if code != 0 { box.release() }
    return code
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) { self.run = run }
}
