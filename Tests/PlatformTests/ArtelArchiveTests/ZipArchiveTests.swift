import ArtelArchive
import ArtelConcurrency
import ArtelTesting
import Foundation
import Testing

@Suite("A zip archive")
struct ZipArchiveTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "zip-\(UUID())")
  private let pool = BlockingPool(name: "zip-tests", threads: 2)
  private let date = Date(timeIntervalSince1970: 1_795_233_914)

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  @Test func `holds texts and files under their names, which may be Russian`() async throws {
    let picture = folder.appending(path: "picture")
    let bytes = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try bytes.write(to: picture)
    let text = String(repeating: "Зимний свет над рекой. ", count: 1000)

    let archive = try await write { zip in
      try await zip.add("posts/заметка.txt", Array(text.utf8), changedAt: date)
      try await zip.add("pictures/река.png", fileAt: picture.path(), changedAt: date)
      try await zip.add("empty.json", [], changedAt: date)
    }

    let entries = try await ZipReader.entries(ofFileAt: archive.path())
    #expect(entries.map(\.name) == ["posts/заметка.txt", "pictures/река.png", "empty.json"])
    #expect(entries.map(\.content) == [Data(text.utf8), bytes, Data()])
    #expect(entries[0].storedBytes < text.utf8.count / 10)
    #expect(entries[1].storedBytes == bytes.count)
  }

  @Test func `goes on without a file that cannot be opened`() async throws {
    let archive = try await write { zip in
      await #expect(throws: ZipError.unreadable(ENOENT)) {
        try await zip.add("gone.png", fileAt: "/nowhere", changedAt: date)
      }
      try await zip.add("here.txt", Array("here".utf8), changedAt: date)
    }

    #expect(try await ZipReader.entries(ofFileAt: archive.path()).map(\.name) == ["here.txt"])
  }

  // Fails when releasing an archive ends it: it reads as whole, with one entry.
  @Test func `is not readable unless it was finished`() async throws {
    let url = folder.appending(path: "broken.zip")
    let descriptor = open(url.path(), O_CREAT | O_WRONLY, 0o600)
    do {
      let zip = try ZipArchive(writingTo: descriptor, pool: pool)
      try await zip.add("a.txt", Array("a".utf8), changedAt: date)
    }
    close(descriptor)

    await #expect(throws: (any Error).self) { try await ZipReader.entries(ofFileAt: url.path()) }
  }

  @Test func `says why it cannot be written`() async throws {
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    let zip = try ZipArchive(writingTo: full, pool: pool)
    let noise = (0..<200_000).map { _ in UInt8.random(in: 0...255) }

    await #expect(throws: ZipError.self) {
      try await zip.add("a.bin", noise, changedAt: date)
      try await zip.finish()
    }
  }

  private func write(_ body: (ZipArchive) async throws -> Void) async throws -> URL {
    let url = folder.appending(path: "\(UUID()).zip")
    let descriptor = open(url.path(), O_CREAT | O_WRONLY, 0o600)
    defer { close(descriptor) }
    let zip = try ZipArchive(writingTo: descriptor, pool: pool)
    try await body(zip)
    try await zip.finish()
    return url
  }
}
