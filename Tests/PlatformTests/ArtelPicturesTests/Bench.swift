import ArtelTesting
import Foundation
import Logging

@testable import ArtelPictures

/// A workshop with the worker that was built beside the tests, and a folder that goes with the
/// test.
final class Bench: Sendable {
  let folder: URL
  let output: String
  let workshop: PictureWorkshop

  /// Gives pictures and idle workers more time than a server does, since the machine of tests is busy.
  init(
    workerPath: String? = nil,
    workers: Int = 2,
    limits: PictureWorkshop.WorkerLimits = .init(
      jobTime: .seconds(300),
      idleTime: .seconds(600)
    )
  ) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "artel-\(UUID().uuidString)")
    output = folder.appending(path: "output").path()
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    workshop = PictureWorkshop(
      workerPath: try workerPath ?? Self.builtWorker(),
      workers: workers,
      limits: limits,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  static func builtWorker() throws -> String {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: tests).deletingLastPathComponent().appending(path: "artel-pictures").path()
  }

  /// Writes an upload.
  func file(_ bytes: [UInt8], _ name: String = UUID().uuidString) throws -> String {
    let url = folder.appending(path: name)
    try Data(bytes).write(to: url)
    return url.path()
  }

  func prepare(
    _ bytes: [UInt8],
    copies: PictureCopies = .gallery,
    limits: PictureLimits = .init()
  ) async throws -> PreparedPicture {
    try await workshop.prepare(fileAt: file(bytes), into: output, copies: copies, limits: limits)
  }

  /// The error of preparing `bytes`; nil when it went well.
  func refusal(_ bytes: [UInt8], limits: PictureLimits = .init()) async throws -> PictureError? {
    let path = try file(bytes)
    do {
      _ = try await workshop.prepare(fileAt: path, into: output, limits: limits)
      return nil
    } catch {
      return error
    }
  }

  func bytes(_ path: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(filePath: path)))
  }

  var outputFiles: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: output).sorted() }
  }

  /// Prepares a picture with a worker that is halted, and returns when the worker has it.
  func stuckPreparation() async throws -> Task<PreparedPicture, any Error> {
    _ = try await jpeg(16, 16)
    for processID in workshop.crew.processIDs {
      kill(processID, SIGSTOP)
    }
    let path = try file(Fixture.png(width: 9, height: 9))
    let running = Task { try await self.workshop.prepare(fileAt: path, into: self.output) }
    try await eventually("the worker has it") { !workshop.crew.busyProcessIDs.isEmpty }
    return running
  }

  /// A painted JPEG, as libvips writes it.
  func jpeg(_ width: Int, _ height: Int, kind: Int = 6) async throws -> [UInt8] {
    let path = folder.appending(path: "\(UUID().uuidString).jpg").path()
    try await workshop.paint(
      kind: kind,
      seed: 1,
      widthPixels: width,
      heightPixels: height,
      to: path
    )
    return try bytes(path)
  }

  /// A painted picture as a simple WebP.
  func webP(_ width: Int, _ height: Int) async throws -> [UInt8] {
    let other = try Bench()
    return try other.bytes(try await other.prepare(jpeg(width, height)).thumbnails[3].file.path)
  }
}
