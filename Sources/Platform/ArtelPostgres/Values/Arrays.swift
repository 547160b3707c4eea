/// One-dimensional arrays without null elements.
extension Array: PostgresEncodable where Element: PostgresEncodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { Element.postgresType.array ?? .inferred }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    let elementType = Element.postgresType == .inferred ? PostgresType.text : Element.postgresType
    bytes.write(Int32(isEmpty ? 0 : 1))
    bytes.write(Int32(0))
    bytes.write(elementType.rawValue)
    guard !isEmpty else { return }
    bytes.write(Int32(count))
    bytes.write(Int32(1))
    for element in self {
      let start = bytes.count
      bytes.write(Int32(0))
      element.encode(to: &bytes)
      bytes.overwrite(Int32(bytes.count - start - 4), at: start)
    }
  }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    self = try ArrayCells(cell).map { element in
      guard let element else { throw cell.mismatch(Self.self) }
      return try Element(from: element)
    }
  }
}

/// A one-dimensional array whose elements may be null; used by bulk statements over `unnest`.
public struct NullableArray<Element: PostgresEncodable>: PostgresEncodable {
  /// The elements in order.
  public var elements: [Element?]

  /// Wraps the elements.
  public init(_ elements: [Element?]) {
    self.elements = elements
  }

  /// The type announced to the server.
  public static var postgresType: PostgresType { [Element].postgresType }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    let elementType = Element.postgresType == .inferred ? PostgresType.text : Element.postgresType
    bytes.write(Int32(elements.isEmpty ? 0 : 1))
    bytes.write(Int32(elements.contains { $0 == nil } ? 1 : 0))
    bytes.write(elementType.rawValue)
    guard !elements.isEmpty else { return }
    bytes.write(Int32(elements.count))
    bytes.write(Int32(1))
    for element in elements {
      guard let element else {
        bytes.write(Int32(-1))
        continue
      }
      let start = bytes.count
      bytes.write(Int32(0))
      element.encode(to: &bytes)
      bytes.overwrite(Int32(bytes.count - start - 4), at: start)
    }
  }
}

extension NullableArray: PostgresDecodable where Element: PostgresDecodable {
  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    elements = try ArrayCells(cell).map { try $0.map { try Element(from: $0) } }
  }
}

/// The element cells of an array value in `array_send` layout.
struct ArrayCells {
  private let cell: PostgresCell
  private let elementType: PostgresType
  private let count: Int

  init(_ cell: PostgresCell) throws {
    let dimensions = try cell.integer(Int32.self)
    guard dimensions == 0 || dimensions == 1 else { throw cell.mismatch([Any].self) }
    self.cell = cell
    elementType = PostgresType(rawValue: try cell.integer(UInt32.self, at: 8))
    count = dimensions == 0 ? 0 : Int(try cell.integer(Int32.self, at: 12))
  }

  func map<Result>(_ transform: (PostgresCell?) throws -> Result) throws -> [Result] {
    var results: [Result] = []
    var offset = 20
    for _ in 0..<count {
      let length = Int(try cell.integer(Int32.self, at: offset))
      offset += 4
      guard length >= 0 else {
        results.append(try transform(nil))
        continue
      }
      guard offset + length <= cell.bytes.count else { throw cell.mismatch([Any].self) }
      let bytes = UnsafeRawBufferPointer(rebasing: cell.bytes[offset..<offset + length])
      results.append(try transform(PostgresCell(bytes: bytes, type: elementType)))
      offset += length
    }
    return results
  }
}
