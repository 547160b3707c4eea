import Dispatch
import Foundation
import Testing

/// A node in a process of its own, which can be killed.
final class NodeProcess: Sendable {
  let port: Int
  private let process: Process

  private init(_ process: Process, port: Int) {
    self.process = process
    self.port = port
  }

  /// Starts `artel bench socket-server`, which is built beside the tests.
  static func start(_ test: TestLog) async throws -> NodeProcess {
    let tests = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") })
    let place = test.db.configuration.parameters.map { "\($0)='\($1)'" }.joined(separator: " ")
    let output = Pipe()
    let process = Process()
    process.executableURL = URL(filePath: tests).deletingLastPathComponent().appending(
      path: "artel"
    )
    process.arguments = ["bench", "socket-server", "--url", place]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let reading = output.fileHandleForReading
    let line = await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: reading.availableData) }
    }
    let port = Int(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .newlines))
    return NodeProcess(process, port: try #require(port))
  }

  /// Ends it as by a power cut.
  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
  }

  deinit {
    kill()
  }
}
