import ArtelPostgres
import Testing

@testable import ArtelImports

@Suite("Rows out of a binary COPY")
struct CopyParserTests {
  /// Two rows: `ab`, null and an empty text; then three nulls.
  private static let bytes: [UInt8] =
    Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00, 0, 0, 0, 0, 0, 0, 0, 2, 9, 9]
    + [0, 3, 0, 0, 0, 2, 0x61, 0x62, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]
    + [0, 3] + [UInt8](repeating: 0xff, count: 12) + [0xff, 0xff]
  private static let rows = [ForeignRow(["ab", nil, ""]), ForeignRow([nil, nil, nil])]

  @Test(arguments: 1...Self.bytes.count)
  func `come out the same in pieces of any size`(size: Int) throws {
    var parser = CopyParser()
    var rows: [ForeignRow] = []
    var rest = Self.bytes[...]

    while !rest.isEmpty {
      parser.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
      while let row = try parser.next() { rows.append(row) }
    }

    #expect(rows == Self.rows)
  }

  @Test func `nothing comes of what is no COPY`() {
    var parser = CopyParser()
    parser.append([UInt8](repeating: 0x41, count: 40))

    #expect(throws: PostgresError.self) { try parser.next() }
  }
}
