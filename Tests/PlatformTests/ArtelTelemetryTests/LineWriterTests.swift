import ArtelTelemetry
import Foundation
import Glibc
import Testing

@Suite("A writer of lines")
struct LineWriterTests {
  // Fails without asking first whether the pipe takes more: the second write never returns.
  @Test func `drops what a reader that stands still does not take, and says so later`() throws {
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let writer = LineWriter(descriptor: ends[1])
    let line = String(repeating: "x", count: 65_535) + "\n"

    for _ in 0..<3 { writer.write(line) }
    let first = read(65_536, from: ends[0])
    writer.write("back\n")

    #expect(first == line)
    #expect(read(65_536, from: ends[0]) == "{\"dropped\":2}\nback\n")
  }

  // Fails with `FileHandle.write`: the process ends.
  @Test func `survives a full disk`() throws {
    let full = open("/dev/full", O_WRONLY)
    try #require(full >= 0)
    defer { close(full) }

    LineWriter(descriptor: full).write("lost\n")
  }

  private func read(_ count: Int, from descriptor: CInt) -> String {
    var bytes = [UInt8](repeating: 0, count: count)
    let length = Glibc.read(descriptor, &bytes, count)
    return String(decoding: bytes.prefix(max(0, length)), as: UTF8.self)
  }
}
