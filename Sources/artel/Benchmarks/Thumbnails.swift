import ArgumentParser
import ArtelPictures
import Foundation
import Logging

/// `artel bench thumbnails`: all sizes of each file, by the workers.
struct Thumbnails: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "thumbnails")

  @Option(help: "A folder of pictures.")
  var files: String

  func run() async throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: files).filter {
      $0.hasSuffix(".jpg")
    }.sorted()
    let workers = ProcessInfo.processInfo.activeProcessorCount
    let workshop = PictureWorkshop(
      workerPath: Installation.workerPath(besides: DataOptions.executable),
      workers: workers,
      logger: Logger(label: "bench")
    )
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent(
      "artel-bench-\(UUID())"
    )
    defer { try? FileManager.default.removeItem(at: scratch) }
    func prepare(_ name: String) async throws {
      let folder = scratch.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      _ = try await workshop.prepare(fileAt: "\(files)/\(name)", into: folder.path)
      try FileManager.default.removeItem(at: folder)
    }
    // The first picture starts a worker: not what is measured.
    if let first = names.first { try await prepare(first) }
    let clock = ContinuousClock()
    let elapsed = try await clock.measure {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, name) in names.enumerated() {
          if index >= workers { try await group.next() }
          group.addTask { try await prepare(name) }
        }
        try await group.waitForAll()
      }
    }
    print(
      "{\"count\": \(names.count), \"per_second\": \(Double(names.count) / (elapsed / .seconds(1)))}"
    )
    await workshop.stop()
  }
}
