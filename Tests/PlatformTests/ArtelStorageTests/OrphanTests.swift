import Foundation
import Synchronization
import Testing

@testable import ArtelStorage

@Suite("Blobs that no row names")
struct OrphanTests {
  private let shop = StoreOnDisk()
  private let future = Date(timeIntervalSinceNow: 3600)

  private func stored(_ texts: [String]) async throws -> [Digest] {
    var digests: [Digest] = []
    for text in texts {
      digests.append(try await shop.store(Array(text.utf8)).digest)
    }
    return digests
  }

  private func files() throws -> Set<String> {
    Set(try shop.files().map { String($0.suffix(64)) })
  }

  /// Makes files with the names of blobs, whose content nobody looks at.
  private func plant(_ count: Int, from first: Int = 0, writtenAt date: Date = .now) throws {
    for number in first..<first + count {
      let name = String(repeating: "0", count: 64 - 8) + String(10_000_000 + number)
      // In as many folders as random names would be in.
      let hex = String(String(number % 90 + 10)) + name.dropFirst(2)
      let folder = "\(shop.directory)/blobs/\(hex.prefix(2))/00"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data().write(to: URL(filePath: "\(folder)/\(hex)"))
      try FileManager.default.setAttributes(
        [.modificationDate: date],
        ofItemAtPath: "\(folder)/\(hex)"
      )
    }
  }

  // Fails when the first context alone is asked: three of four are gone.
  @Test func `go, and named ones stay`() async throws {
    let blobs = try await stored(["a", "b", "c", "d"])
    let first = Rows(naming: [blobs[0]])
    let second = Rows(naming: [blobs[2]])

    let round = try await shop.store.removeOrphans(
      by: [first.references, second.references],
      writtenBefore: future,
      at: Date()
    )

    #expect(round.blobs == 4)
    #expect(round.orphans == 2)
    #expect(round.removed == 2)
    #expect(try files() == [blobs[0].hex, blobs[2].hex])
  }

  // Fails without the comparison of dates: the young one is gone, too.
  @Test func `stay while they are young`() async throws {
    let limit = Date(timeIntervalSinceNow: -3600)
    let old = try await stored(["old"])
    try FileManager.default.setAttributes(
      [.modificationDate: limit - 60],
      ofItemAtPath: shop.store.path(of: old[0])
    )
    let young = try await stored(["young"])

    let round = try await shop.store.removeOrphans(
      by: [Rows(naming: []).references],
      writtenBefore: limit,
      at: Date()
    )

    #expect(round.blobs == 1)
    #expect(try files() == [young[0].hex])
  }

  // Fails without Disk.touch: the second upload keeps the date of the first.
  @Test func `are as old as their last upload`() async throws {
    let limit = Date(timeIntervalSinceNow: -3600)
    let blob = try await stored(["again"])[0]
    try FileManager.default.setAttributes(
      [.modificationDate: limit - 60],
      ofItemAtPath: shop.store.path(of: blob)
    )

    _ = try await stored(["again"])

    let round = try await shop.store.removeOrphans(
      by: [Rows(naming: []).references],
      writtenBefore: limit,
      at: Date()
    )
    #expect(round.blobs == 0)
    #expect(try files() == [blob.hex])
  }

  // Fails without the second question under the lock: the blob is gone.
  @Test func `stay when a row names them before the lock is taken`() async throws {
    let blob = try await stored(["late"])[0]
    let rows = Rows(naming: [])
    rows.onLock { rows.name(blob) }

    let round = try await shop.store.removeOrphans(
      by: [rows.references],
      writtenBefore: future,
      at: Date()
    )

    #expect(round.orphans == 1)
    #expect(round.removed == 0)
    #expect(try files() == [blob.hex])
  }

  // Fails without the guard on the count: a second round asks again. Fails without the one on each
  // piece, too: the lock is taken.
  @Test func `need no lock when there are none`() async throws {
    let rows = Rows(naming: try await stored(["a", "b"]))
    rows.onLock { Issue.record("Writers were held up for nothing.") }

    let round = try await shop.store.removeOrphans(
      by: [rows.references],
      writtenBefore: future,
      at: Date()
    )

    #expect(round.orphans == 0)
    #expect(rows.questions == 1)
  }

  // Fails without the limit in isPlausible: 170 of 200 are gone.
  @Test func `are not believed in when most of a large store would be some`() async throws {
    try plant(200)
    let rows = Rows(naming: [])
    rows.nameThose { $0.hasPrefix("1") }

    let round = try await shop.store.removeOrphans(
      by: [rows.references],
      writtenBefore: future,
      at: Date()
    )

    #expect(round.isImplausible)
    #expect(round.removed == 0)
    #expect(try files().count == 200)
  }

  // Fails without the rule in isPlausible: all five are gone, as under the address of another database.
  @Test func `are not believed in when nothing is named and one is old`() async throws {
    try plant(5, writtenAt: Date(timeIntervalSinceNow: -100_000))

    let round = try await shop.store.removeOrphans(
      by: [Rows(naming: []).references],
      writtenBefore: future,
      at: Date()
    )

    #expect(round.isImplausible)
    #expect(try files().count == 5)
  }

  // Fails without the pieces: one question about all 2,500.
  @Test func `are looked for in pieces, however large the store is`() async throws {
    try plant(2500)
    let rows = Rows(naming: [])
    rows.nameThose { $0.last != "7" }

    let round = try await shop.store.removeOrphans(
      by: [rows.references],
      writtenBefore: future,
      at: Date()
    )

    #expect(round.blobs == 2500)
    #expect(round.removed == 250)
    #expect(try files().count == 2250)
    #expect(rows.largestQuestion <= 1000)
  }

  // Fails without the comparison with the digest's own text: 64 capital letters count as a blob.
  @Test func `are blobs alone, not what an operator left in the folder`() async throws {
    let folder = "\(shop.directory)/blobs/ab/cd"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["notes.txt", String(repeating: "A", count: 64), "ab"] {
      try Data().write(to: URL(filePath: "\(folder)/\(name)"))
    }

    let round = try await shop.store.removeOrphans(
      by: [Rows(naming: []).references],
      writtenBefore: future,
      at: Date()
    )

    #expect(round.blobs == 0)
    #expect(try shop.files().count == 3)
  }
}

/// A context whose rows are a set in memory.
final class Rows: Sendable {
  private struct Contents {
    var named: Set<Digest>
    var rule: @Sendable (String) -> Bool = { _ in false }
    var atLock: @Sendable () -> Void = {}
    var afterPage: @Sendable () -> Void = {}
    var questions = 0
    var largestQuestion = 0
  }

  private let contents: Mutex<Contents>

  init(naming digests: [Digest]) {
    contents = Mutex(Contents(named: Set(digests)))
  }

  var questions: Int { contents.withLock { $0.questions } }
  var largestQuestion: Int { contents.withLock { $0.largestQuestion } }

  func name(_ digest: Digest) {
    contents.withLock { _ = $0.named.insert(digest) }
  }

  func nameThose(_ rule: @escaping @Sendable (String) -> Bool) {
    contents.withLock { $0.rule = rule }
  }

  func forget(_ digest: Digest) {
    contents.withLock { _ = $0.named.remove(digest) }
  }

  /// Runs `body` after each page of names was read.
  func onPage(_ body: @escaping @Sendable () -> Void) {
    contents.withLock { $0.afterPage = body }
  }

  func onLock(_ body: @escaping @Sendable () -> Void) {
    contents.withLock { $0.atLock = body }
  }

  var references: BlobReferences {
    BlobReferences(
      named: { [self] digests in
        contents.withLock { contents in
          contents.questions += 1
          contents.largestQuestion = max(contents.largestQuestion, digests.count)
          return Set(digests.filter { contents.named.contains($0) || contents.rule($0.hex) })
        }
      },
      page: { [self] last, limit in
        let (page, afterPage) = contents.withLock { contents in
          let sorted = contents.named.sorted { $0.hex < $1.hex }
          let page = Array(sorted.filter { last.map(\.hex) ?? "" < $0.hex }.prefix(limit))
          return (page, contents.afterPage)
        }
        afterPage()
        return page
      },
      withoutWriters: { [self] body in
        contents.withLock { $0.atLock }()
        try await body()
      }
    )
  }
}
