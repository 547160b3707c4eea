import ArtelConcurrency
import ArtelTesting
import Foundation
import Synchronization
import Testing

@testable import ArtelStorage

@Suite("A check of all files")
struct CheckTests {
  private let shop = StoreOnDisk()

  private func store(_ texts: String...) async throws -> [Digest] {
    var digests: [Digest] = []
    for text in texts { digests.append(try await shop.store(Array(text.utf8)).digest) }
    return digests
  }

  /// Turns one bit of a stored file, as a failing disk does.
  private func flipBit(of digest: Digest) throws {
    let url = URL(filePath: shop.store.path(of: digest))
    var bytes = try Data(contentsOf: url)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: url)
  }

  @Test func `finds nothing wrong with what was stored, and says how much it is`() async throws {
    let digests = try await store("a", "bb", "ccc")

    let check = try await shop.store.check(against: [Rows(naming: digests).references])

    #expect(check.isSound)
    #expect(check.files == 3)
    #expect(check.bytes == 6)
    #expect(check.orphans.count == 0)
    #expect(check.finishedAt != nil)
  }

  // Fails when read compares lengths instead of digests: nothing is found.
  @Test func `names a file in which one bit has flipped, and leaves it there`() async throws {
    let digests = try await store("first picture", "second picture")
    try flipBit(of: digests[1])

    let check = try await shop.store.check(against: [Rows(naming: digests).references])

    #expect(!check.isSound)
    #expect(check.damaged.digests == [digests[1].hex])
    #expect(check.damaged.count == 1)
    #expect(try await shop.store.size(of: digests[1]) == 14)
  }

  // Fails without the second half of check: nothing is found.
  @Test func `names a file that was removed by hand`() async throws {
    let digests = try await store("kept", "lost")
    try FileManager.default.removeItem(atPath: shop.store.path(of: digests[1]))

    let check = try await shop.store.check(against: [Rows(naming: digests).references])

    #expect(check.missing.digests == [digests[1].hex])
    #expect(check.damaged.count == 0)
  }

  // Fails without the second question in missing(among:of:): the deleted picture counts as lost.
  @Test func `does not miss what is deleted meanwhile`() async throws {
    let digests = try await store("deleted")
    let rows = Rows(naming: digests)
    let store = shop.store
    rows.onPage {
      try? FileManager.default.removeItem(atPath: store.path(of: digests[0]))
      rows.forget(digests[0])
    }

    let check = try await shop.store.check(against: [rows.references])

    #expect(check.isSound)
  }

  @Test func `goes through every page of rows, counts all and names the first`() async throws {
    let rows = Rows(
      naming: (0..<2500).compactMap { number in
        Digest(hex: String(repeating: "0", count: 56) + String(10_000_000 + number))
      }
    )

    let check = try await shop.store.check(against: [rows.references])

    #expect(check.missing.count == 2500)
    #expect(check.missing.digests.count == BlobCheck.namesKept)
  }

  @Test func `counts old files without a row, and removes none`() async throws {
    let digests = try await store("named", "orphan", "young")
    for digest in digests.prefix(2) {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -7200)],
        ofItemAtPath: shop.store.path(of: digest)
      )
    }

    let check = try await shop.store.check(against: [Rows(naming: [digests[0]]).references])

    #expect(check.isSound)
    #expect(check.orphans.digests == [digests[1].hex])
    #expect(try shop.files().filter { $0.contains("/blobs/") }.count == 3)
  }

  @Test func `reads no faster than it is told`() async throws {
    let digests = try await store(String(repeating: "a", count: 1000), "b", "")
    let paused = Pauses()
    var options = BlobStore.CheckOptions()
    options.bytesPerSecond = 100
    options.pause = { paused.add($0) }

    _ = try await shop.store.check(against: [Rows(naming: digests).references], options)

    #expect(paused.sum == .milliseconds(10_010))
  }

  @Test func `is remembered, also by another process`() async throws {
    let digests = try await store("a", "b")
    try flipBit(of: digests[0])
    #expect(try await shop.store.lastCheck() == nil)
    var options = BlobStore.CheckOptions()
    options.clock = .fixed(Date(timeIntervalSince1970: 1_795_233_914))

    let check = try await shop.store.check(against: [Rows(naming: digests).references], options)

    let other = BlobStore(directory: shop.directory, pool: shop.pool)
    #expect(try await other.lastCheck() == check)
    #expect(String(decoding: try check.json, as: UTF8.self).contains(digests[0].hex))
  }

  // Fails without CheckTurn: both run.
  @Test func `runs once at a time on one disk`() async throws {
    let digests = try await store("a")
    let other = BlobStore(directory: shop.directory, pool: shop.pool)
    let refusals = Mutex<[StorageError.Code]>([])
    let rows = Rows(naming: digests)
    let references = BlobReferences(
      named: rows.references.named,
      page: { last, limit in
        do {
          _ = try await other.check(against: [])
        } catch let error as StorageError {
          refusals.withLock { $0.append(error.code) }
        }
        return try await rows.references.page(last, limit)
      },
      withoutWriters: rows.references.withoutWriters
    )

    _ = try await shop.store.check(against: [references])

    #expect(refusals.withLock { $0 } == [.busy])
    _ = try await other.check(against: [])
  }
}

@Suite("A full disk", .enabled(if: SmallDisk.refusal == nil, "\(SmallDisk.refusal ?? "")"))
struct FullDiskTests {
  // Fails without cancel in BlobUpload.write: the half stays and fills the disk for good.
  @Test func `refuses an upload, keeps nothing of it, and takes it once there is room`()
    async throws
  {
    let disk = try SmallDisk(mebibytes: 4)
    let shop = StoreOnDisk(directory: "\(disk.path)/data/store")
    let kept = try await shop.store(noise(1000))
    try disk.fill()

    let error = await #expect(throws: StorageError.self) {
      _ = try await shop.store(noise(2_000_000))
    }

    #expect(error?.code == .noSpace)
    #expect(try shop.files() == [shop.store.path(of: kept.digest)])
    disk.empty()
    let blob = try await shop.store(noise(2_000_000))
    #expect(try await shop.store.size(of: blob.digest) == 2_000_000)
  }

  @Test func `does not keep a check from finding what is damaged`() async throws {
    let disk = try SmallDisk(mebibytes: 4)
    let shop = StoreOnDisk(directory: "\(disk.path)/data/store")
    let blob = try await shop.store(noise(100_000))
    let path = shop.store.path(of: blob.digest)
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.write(contentsOf: [255, 255, 255, 255])
    try handle.close()
    _ = try await shop.store.check(against: [])
    try disk.fill()

    let check = try await shop.store.check(against: [Rows(naming: [blob.digest]).references])

    #expect(check.damaged.digests == [blob.digest.hex])
    // The earlier result is still whole.
    #expect(try await shop.store.lastCheck()?.damaged.count == 1)
  }
}

/// How long a check waited.
private final class Pauses: Sendable {
  private let total = Mutex(Duration.zero)

  var sum: Duration { total.withLock { $0 } }

  func add(_ pause: Duration) {
    total.withLock { $0 += pause }
  }
}
