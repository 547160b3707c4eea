import ArtelConcurrency
import ArtelTesting
import Foundation
import Testing

@testable import ArtelStorage

@Suite("A blob store")
struct BlobStoreTests {
  let shop = StoreOnDisk()

  @Test(arguments: [0, 1, 63, 64, 1000, 262_143, 262_144, 262_145, 3_000_000])
  func `names a blob as sha256sum does`(sizeBytes: Int) async throws {
    let bytes = noise(sizeBytes)

    let blob = try await shop.store(bytes, pieceBytes: 8000)

    let path = shop.store.path(of: blob.digest)
    #expect(try sha256sum(path) == blob.digest.hex)
    #expect(try Array(Data(contentsOf: URL(filePath: path))) == bytes)
    #expect(blob.sizeBytes == sizeBytes)
    let hex = blob.digest.hex
    #expect(path.hasSuffix("/blobs/\(hex.prefix(2))/\(hex.dropFirst(2).prefix(2))/\(hex)"))
  }

  @Test func `shows nothing before the upload is finished`() async throws {
    let digest = try #require(
      Digest(hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    )
    let upload = try await shop.store.begin(limitBytes: 3)
    try await upload.append(Array("abc".utf8))
    _ = try await upload.flush()

    #expect(try await shop.store.size(of: digest) == nil)
    _ = try await upload.finish()
    #expect(try await shop.store.size(of: digest) == 3)
  }

  @Test func `refuses what exceeds the limit and leaves nothing behind`() async throws {
    let upload = try await shop.store.begin(limitBytes: 300_000)
    try await upload.append(noise(300_000))

    let error = await #expect(throws: StorageError.self) { try await upload.append([1]) }

    #expect(error?.code == .tooLarge)
    #expect(try shop.files().isEmpty)
  }

  @Test func `refuses to go on after the limit was exceeded`() async throws {
    let upload = try await shop.store.begin(limitBytes: 0)
    _ = try? await upload.append([1])

    let error = await #expect(throws: StorageError.self) { _ = try await upload.finish() }

    #expect(error?.code == .closed)
  }

  @Test func `keeps one file of two simultaneous uploads of the same content`() async throws {
    let bytes = noise(700_000)

    let blobs = try await withThrowingTaskGroup(of: Blob.self) { group in
      for _ in 0..<8 {
        group.addTask { try await shop.store(bytes, pieceBytes: 9999) }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }

    #expect(blobs.count == 1)
    #expect(try shop.files().count == 1)
  }

  @Test func `does not write content again that it has`() async throws {
    let first = try await shop.store(noise(1000))
    let path = shop.store.path(of: first.digest)
    let inode = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int

    let second = try await shop.store(noise(1000))

    #expect(second == first)
    #expect(
      try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int == inode
    )
  }

  @Test func `replaces a blob that a failing disk has cut short`() async throws {
    let blob = try await shop.store(noise(1000))
    try Data().write(to: URL(filePath: shop.store.path(of: blob.digest)))

    _ = try await shop.store(noise(1000))

    #expect(try await shop.store.size(of: blob.digest) == 1000)
  }

  @Test func `removes a cancelled upload`() async throws {
    let upload = try await shop.store.begin(limitBytes: 1_000_000)
    try await upload.append(noise(400_000))

    await upload.cancel()

    #expect(try shop.files().isEmpty)
  }

  @Test func `removes an upload nobody holds any more`() async throws {
    let path = try await shop.store.begin(limitBytes: 10).flush()

    try await eventually("the file is gone") { !FileManager.default.fileExists(atPath: path) }

    #expect(try shop.files().isEmpty)
  }

  @Test func `sweeps what a crash left behind and keeps the blobs`() async throws {
    let blob = try await shop.store(noise(10))
    let incoming = "\(shop.directory)/incoming"
    try Data([1]).write(to: URL(filePath: "\(incoming)/half"))
    try FileManager.default.createDirectory(
      atPath: "\(incoming)/scratch/deep",
      withIntermediateDirectories: true
    )
    try Data([1]).write(to: URL(filePath: "\(incoming)/scratch/deep/160.webp"))

    let count = try await shop.store.sweep()

    #expect(count == 2)
    #expect(try shop.files() == [shop.store.path(of: blob.digest)])
  }

  @Test func `follows no link out of its folder when it sweeps`() async throws {
    let outside = StoreOnDisk()
    let kept = try await outside.store(noise(5))
    try await shop.store.sweep()
    try FileManager.default.createSymbolicLink(
      atPath: "\(shop.directory)/incoming/link",
      withDestinationPath: outside.directory
    )

    try await shop.store.sweep()

    #expect(try await outside.store.size(of: kept.digest) == 5)
    #expect(try shop.files().isEmpty)
  }

  @Test func `adopts a file made in its scratch folder`() async throws {
    let scratch = try await shop.store.makeScratchFolder()
    let made = "\(scratch.path)/160.webp"
    try Data("abc".utf8).write(to: URL(filePath: made))

    let blob = try await shop.store.adopt(fileAt: made)
    await scratch.remove()

    #expect(blob.digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(try shop.files() == [shop.store.path(of: blob.digest)])
  }

  @Test func `adopts a file from another disk`() async throws {
    let elsewhere = "/dev/shm/artel-storage-\(UUID().uuidString)"
    try Data("abc".utf8).write(to: URL(filePath: elsewhere))

    let blob = try await shop.store.adopt(fileAt: elsewhere)

    #expect(try await shop.store.size(of: blob.digest) == 3)
    #expect(!FileManager.default.fileExists(atPath: elsewhere))
  }

  @Test func `says that a file to adopt is missing`() async throws {
    let error = await #expect(throws: StorageError.self) {
      _ = try await shop.store.adopt(fileAt: "\(shop.directory)/nowhere")
    }

    #expect(error?.code == .missing)
    #expect(error.map { "\($0)" }?.contains("nowhere") == false)
  }

  @Test func `removes a blob once`() async throws {
    let blob = try await shop.store(noise(5))

    #expect(try await shop.store.remove(blob.digest))
    #expect(try await shop.store.remove(blob.digest) == false)
    #expect(try await shop.store.size(of: blob.digest) == nil)
  }

  @Test(arguments: [.written, .synced, .shardMade, .renamed, .shelved] as [BlobStore.Step])
  func `leaves nothing or the whole blob when storing stops`(step: BlobStore.Step) async throws {
    let directory = shop.directory
    let shelf = BlobShelf(directory: directory) { reached throws(StorageError) in
      if reached == step { throw StorageError(.disk, "planted") }
    }
    let upload = try await BlobStore(shelf: shelf, pool: shop.pool).begin(limitBytes: 10_000)
    try await upload.append(noise(10_000))

    await #expect(throws: StorageError.self) { _ = try await upload.finish() }

    let files = try shop.files()
    #expect(files.isEmpty || step == .renamed || step == .shelved)
    for path in files {
      #expect(try Array(Data(contentsOf: URL(filePath: path))) == noise(10_000))
    }
    let again = try await shop.store(noise(10_000))
    #expect(try shop.files() == [shop.store.path(of: again.digest)])
  }
}

@Suite("A digest")
struct DigestTests {
  @Test func `reads its own text and bytes`() throws {
    let digest = try #require(
      Digest(hex: "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff")
    )

    #expect(
      digest.description == "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
    )
    #expect(Digest(bytes: digest.bytes) == digest)
    #expect(Digest(digest.hex) == digest)
  }

  @Test(arguments: [
    "", "00", String(repeating: "g", count: 64), String(repeating: "0", count: 65),
    "../../etc/passwd",
  ])
  func `refuses other text`(text: String) {
    #expect(Digest(hex: text) == nil)
  }

  @Test func `tells digests apart that differ in the last bit`() throws {
    var bytes = [UInt8](repeating: 7, count: 32)
    let first = Digest(bytes: bytes)
    bytes[31] ^= 1

    #expect(Digest(bytes: bytes) != first)
  }
}

/// A store in a folder of its own that goes with the test.
final class StoreOnDisk: Sendable {
  let directory: String
  let pool = BlockingPool(name: "storage-test", threads: 4)
  let store: BlobStore

  init(
    directory: String = FileManager.default.temporaryDirectory.path() + "artel-\(UUID())/store"
  ) {
    self.directory = directory
    store = BlobStore(directory: directory, pool: pool)
  }

  deinit {
    try? FileManager.default.removeItem(at: URL(filePath: directory).deletingLastPathComponent())
  }

  func store(_ bytes: [UInt8], pieceBytes: Int = 1 << 20) async throws -> Blob {
    let upload = try await store.begin(limitBytes: bytes.count)
    var rest = bytes[...]
    while !rest.isEmpty {
      try await upload.append(rest.prefix(pieceBytes))
      rest = rest.dropFirst(pieceBytes)
    }
    return try await upload.finish()
  }

  /// All regular files but locks, by full path.
  func files() throws -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: directory) else { return [] }
    return walk.compactMap { entry in
      guard let name = entry as? String, !name.hasSuffix("/lock"),
        walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular
      else {
        return nil
      }
      return "\(directory)/\(name)"
    }
  }
}

/// Bytes that look random and are the same each time.
func noise(_ count: Int) -> [UInt8] {
  var state: UInt32 = 1
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(truncatingIfNeeded: state >> 24)
  }
}

private func sha256sum(_ path: String) throws -> String {
  let process = Process()
  let output = Pipe()
  // A process that another test starts meanwhile must not keep the pipe open.
  _ = fcntl(output.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
  process.executableURL = URL(filePath: "/usr/bin/sha256sum")
  process.arguments = [path]
  process.standardOutput = output
  try process.run()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return String(text.prefix(64))
}
