import ArtelConcurrency
import ArtelTesting
import Foundation
import Glibc
import Testing

@testable import ArtelStorage

@Suite("Two nodes on one disk", .timeLimit(.minutes(10)))
struct SharedDiskTests {
  private let shop = StoreOnDisk()

  /// The folders of stores under `incoming/`.
  private func folders() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(shop.directory)/incoming")
      .filter { $0 != "lock" }
  }

  // Fails without the lock in IncomingFolder.sweep: the file of the upload is gone, and its end throws.
  @Test func `a node that starts leaves alone what another is uploading`() async throws {
    let other = BlobStore(directory: shop.directory, pool: shop.pool)
    let upload = try await other.begin(limitBytes: 3)
    try await upload.append(Array("abc".utf8))
    let path = try await upload.flush()
    let scratch = try await other.makeScratchFolder()

    let count = try await shop.store.sweep()

    #expect(count == 0)
    #expect(FileManager.default.fileExists(atPath: path))
    #expect(FileManager.default.fileExists(atPath: scratch.path))
    let blob = try await upload.finish()
    #expect(try await shop.store.size(of: blob.digest) == 3)
  }

  // Fails without the lock in IncomingFolder.sweep: the other process ends with an error.
  @Test func `a process uploads on while another starts`() async throws {
    let folder = shop.directory
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)

    async let start: Void = {
      try await eventually("the other process uploads") {
        FileManager.default.fileExists(atPath: "\(folder)/uploading")
      }
      #expect(try await shop.store.sweep() == 0)
      try Data().write(to: URL(filePath: "\(folder)/swept"))
    }()
    await #expect(processExitsWith: .success) { [folder = folder as String] in
      let store = BlobStore(directory: folder, pool: BlockingPool(name: "node", threads: 1))
      let upload = try await store.begin(limitBytes: 1000)
      try await upload.append(noise(1000))
      _ = try await upload.flush()
      try Data().write(to: URL(filePath: "\(folder)/uploading"))
      try await eventually("the other node has started") {
        FileManager.default.fileExists(atPath: "\(folder)/swept")
      }
      _ = try await upload.finish()
    }
    try await start

    #expect(try folders().count == 1)
    #expect(try shop.files().filter { $0.contains("/blobs/") }.count == 1)
  }

  @Test func `what a killed process was uploading goes with the next start`() async throws {
    let folder = shop.directory
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
      let store = BlobStore(directory: folder, pool: BlockingPool(name: "node", threads: 1))
      let upload = try await store.begin(limitBytes: 1000)
      try await upload.append(noise(1000))
      _ = try await upload.flush()
      let scratch = try await store.makeScratchFolder()
      withExtendedLifetime((upload, scratch)) { _ = kill(getpid(), SIGKILL) }
    }
    #expect(try folders().count == 1)

    let count = try await shop.store.sweep()

    #expect(count == 2)
    #expect(try folders().isEmpty)
  }

  @Test func `nodes that start at once all have a folder`() async throws {
    let stores = (0..<8).map { _ in BlobStore(directory: shop.directory, pool: shop.pool) }

    let uploads = try await withThrowingTaskGroup(of: BlobUpload.self) { group in
      for store in stores {
        group.addTask {
          try await store.sweep()
          return try await store.begin(limitBytes: 10)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }

    #expect(try folders().count == 8)
    for upload in uploads { _ = try await upload.finish() }
  }

  @Test func `a node that ends takes its folder along`() async throws {
    let upload = try await shop.store.begin(limitBytes: 10)
    await upload.cancel()

    try await shop.store.close()

    #expect(try folders().isEmpty)
    _ = try await shop.store(noise(10))
  }

  // Fails without the look at the lock file in freshPath: the next upload finds no folder.
  @Test func `uploads go on when somebody has removed the folder`() async throws {
    // Ended before the folder goes: one that is just let go removes its file at some later moment.
    try await shop.store.begin(limitBytes: 10).cancel()
    try FileManager.default.removeItem(atPath: "\(shop.directory)/incoming")

    let blob = try await shop.store(noise(10))

    #expect(try await shop.store.size(of: blob.digest) == 10)
  }
}
