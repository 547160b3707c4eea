import ArtelConcurrency
import CLinux
import Glibc

/// Runs PostgreSQL's own programs to their end.
package enum Tool {
  /// How a program ended.
  package struct Outcome: Sendable {
    package let exitCode: Int32
    /// The last 16 KiB of its standard output and standard error.
    package let output: String
  }

  /// Blocks until the program has ended.
  package static func run(_ executable: String, _ arguments: [String], as user: SystemUser?) throws
    -> Outcome
  {
    let started = try start(executable, arguments, as: user)
    return started.finish()
  }

  /// A program that runs, and the pipe with its output.
  struct Started: Sendable {
    let process: ChildProcess
    fileprivate let output: Int32

    /// Blocks until the program has ended; call it exactly once.
    func finish() -> Outcome {
      defer { close(output) }
      var text: [UInt8] = []
      withUnsafeTemporaryAllocation(byteCount: 1 << 13, alignment: 1) { buffer in
        while true {
          let count = read(output, buffer.baseAddress, buffer.count)
          if count > 0 {
            text.append(contentsOf: buffer.prefix(count))
            if text.count > 1 << 15 { text.removeFirst(text.count - 1 << 14) }
          } else if count == 0 || errno != EINTR {
            break
          }
        }
      }
      let whole = String(decoding: text.suffix(1 << 14), as: UTF8.self)
      return Outcome(exitCode: process.wait(), output: whole)
    }
  }

  static func start(_ executable: String, _ arguments: [String], as user: SystemUser?) throws
    -> Started
  {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw ClusterError(.systemCall, "Cannot make a pipe: \(SystemCall.reason()).")
    }
    defer { close(ends[1]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    do {
      let process = try ChildProcess.start(
        ChildProcess.Command(
          executable: executable,
          arguments: arguments,
          outputDescriptor: ends[1],
          user: user
        )
      )
      return Started(process: process, output: ends[0])
    } catch {
      close(ends[0])
      throw error
    }
  }
}
