import ArgumentParser
import ArtelStorage
import ArtelTelemetry
import Foundation

/// Looks at the stored files: `artel storage`.
struct StorageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "storage",
    abstract: "Check the stored files; the server may run.",
    subcommands: [Check.self, Show.self]
  )

  /// Files are damaged or missing; the report names them.
  struct Unsound: Error, CustomStringConvertible {
    let description = "files are damaged or missing; docs/operations/storage.md says what to do"
  }

  /// Reads every file: `artel storage check`.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read every stored file and compare it with its digest and with the rows.",
      discussion: "Changes nothing. Exit code 1 when a file is damaged, unreadable or missing."
    )

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Option(help: "How many bytes to read per second. Default as fast as the disk gives them.")
    var rate: Int?

    @OptionGroup var options: DataOptions

    func validate() throws {
      if let rate, rate < 1 { throw ValidationError("--rate is not valid: a whole number from 1") }
    }

    func run() async throws {
      var checking = BlobStore.CheckOptions()
      checking.bytesPerSecond = rate
      let isShown = isatty(2) == 1
      if isShown {
        checking.progress = { check in
          let line = "\r\u{1B}[K\(check.files) files, \(check.bytes / 1_048_576) MiB"
          LineWriter.standardError.write(line)
        }
      }
      let result = try await options.withStage(.besideServer) { [checking] stage in
        let blobs = BlobStore(directory: stage.blobDirectory, pool: stage.pool)
        return try await blobs.check(against: stage.blobReferences, checking)
      }
      if isShown { LineWriter.standardError.write("\r\u{1B}[K") }
      try result.report(asJSON: json)
    }
  }

  /// Says what the last check found: `artel storage show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what the last check found, the server's own one of each night among them."
    )

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var options: DataOptions

    func run() async throws {
      let last = try await options.withStage(.besideServer) { stage in
        try await BlobStore(directory: stage.blobDirectory, pool: stage.pool).lastCheck()
      }
      guard let last else { throw ValidationError("no check has been finished yet") }
      try last.report(asJSON: json)
    }
  }
}

extension BlobCheck {
  /// Prints what was found.
  ///
  /// - Throws: ``StorageCommand/Unsound`` when a file that is needed is not as it was.
  fileprivate func report(asJSON isJSON: Bool) throws {
    if isJSON {
      print(String(decoding: try json, as: UTF8.self))
    } else {
      if let finishedAt { print("checked at \(finishedAt.ISO8601Format())") }
      print("\(files) files, \(bytes) bytes")
      for (kind, finding) in [
        ("damaged", damaged), ("unreadable", unreadable), ("missing", missing),
        ("orphans", orphans),
      ] {
        print("\(kind): \(finding.count)")
        for digest in finding.digests { print("  \(digest)") }
      }
    }
    guard isSound else { throw StorageCommand.Unsound() }
  }
}
