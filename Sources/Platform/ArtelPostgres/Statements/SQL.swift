/// One SQL statement (or a fragment of one) whose values are always bound, never spliced.
///
/// Build it from string interpolation: `"select * from posts where id = \(id)"` sends the text
/// `select * from posts where id = $1` and the value as a binary parameter. A ``SQL`` interpolated
/// into another is spliced with its parameters renumbered; names go in with `identifier:`.
/// Only text that the program itself wrote may go in with `raw:`.
///
/// Several statements in one value are refused by PostgreSQL's extended protocol.
public struct SQL: Sendable, ExpressibleByStringInterpolation {
  /// The literal pieces around the parameters; always one more than there are parameters.
  var pieces: [String]

  /// The values bound to `$1…$n`, in order.
  public internal(set) var parameters: ParameterList

  /// Text written by the program, without parameters.
  public init(stringLiteral value: String) {
    pieces = [value]
    parameters = ParameterList()
  }

  /// What the interpolation collected.
  public init(stringInterpolation: StringInterpolation) {
    self = stringInterpolation.sql
  }

  /// Text written by the program, without parameters.
  public init(raw text: String) {
    pieces = [text]
    parameters = ParameterList()
  }

  /// The text sent to the server, with `$1…$n` in place of values.
  ///
  /// Cost: one string per call.
  public var text: String {
    guard pieces.count > 1 else { return pieces[0] }
    var text = ""
    text.reserveCapacity(pieces.reduce(4 * pieces.count) { $0 + $1.utf8.count })
    text += pieces[0]
    for index in 1..<pieces.count {
      text += "$"
      text += String(index)
      text += pieces[index]
    }
    return text
  }

  /// Whether nothing at all was written.
  public var isEmpty: Bool {
    pieces.count == 1 && pieces[0].isEmpty
  }

  /// Appends `other` with its parameters renumbered after this statement's own.
  public mutating func append(_ other: SQL) {
    pieces[pieces.count - 1] += other.pieces[0]
    pieces.append(contentsOf: other.pieces.dropFirst())
    parameters.append(contentsOf: other.parameters)
  }

  /// Appends text written by the program.
  public mutating func append(raw text: String) {
    pieces[pieces.count - 1] += text
  }

  /// Appends a placeholder bound to `value`.
  public mutating func append(value: some PostgresEncodable) {
    parameters.append(value)
    pieces.append("")
  }

  /// Appends a placeholder bound to `value`, or to null.
  public mutating func append<Value: PostgresEncodable>(value: Value?) {
    if let value {
      parameters.append(value)
    } else {
      parameters.appendNull(of: Value.postgresType)
    }
    pieces.append("")
  }

  /// Appends a placeholder bound to a value that is already in binary form, of a type known only at
  /// run time.
  public mutating func append(encoded value: PostgresBytes, as type: PostgresType) {
    parameters.append(encoded: value, as: type)
    pieces.append("")
  }

  /// Appends a quoted identifier.
  public mutating func append(identifier name: String) {
    append(raw: SQL.quoted(name))
  }

  /// `name` as a quoted identifier, safe whatever it contains.
  public static func quoted(_ name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"") + "\""
  }

  /// Whether a text's first word, behind blanks and comments, is COPY.
  static func isCopy(_ text: String) -> Bool {
    var rest = text.utf8[...]
    while let first = rest.first {
      if first == UInt8(ascii: " ") || (0x09...0x0d).contains(first) {
        rest.removeFirst()
      } else if rest.starts(with: "--".utf8) {
        rest = rest.drop { $0 != UInt8(ascii: "\n") }
      } else if rest.starts(with: "/*".utf8) {
        rest = SQL.dropComment(rest)
      } else {
        break
      }
    }
    let word = rest.prefix { $0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z") }
    return word.map { $0 | 0x20 } == Array("copy".utf8)
  }

  /// Block comments nest (PostgreSQL manual 4.1.5).
  private static func dropComment(_ text: Substring.UTF8View) -> Substring.UTF8View {
    var rest = text
    var depth = 0
    repeat {
      if rest.starts(with: "/*".utf8) {
        depth += 1
        rest = rest.dropFirst(2)
      } else if rest.starts(with: "*/".utf8) {
        depth -= 1
        rest = rest.dropFirst(2)
      } else {
        rest = rest.dropFirst()
      }
    } while depth > 0 && !rest.isEmpty
    return rest
  }

  /// `fragments` with `separator` between them.
  public static func joined(_ fragments: some Sequence<SQL>, separator: String = ", ") -> SQL {
    var result = SQL(raw: "")
    for (index, fragment) in fragments.enumerated() {
      if index > 0 { result.append(raw: separator) }
      result.append(fragment)
    }
    return result
  }
}

extension SQL {
  /// Collects the literal pieces and bound values of one interpolated statement.
  public struct StringInterpolation: StringInterpolationProtocol {
    var sql: SQL

    /// Begins an empty statement.
    public init(literalCapacity: Int, interpolationCount: Int) {
      sql = SQL(raw: "")
      sql.pieces.reserveCapacity(interpolationCount + 1)
    }

    /// Appends text written by the program.
    public mutating func appendLiteral(_ literal: String) {
      sql.append(raw: literal)
    }

    /// Binds a value.
    public mutating func appendInterpolation(_ value: some PostgresEncodable) {
      sql.append(value: value)
    }

    /// Binds a value, or null.
    public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
      sql.append(value: value)
    }

    /// Splices a fragment.
    public mutating func appendInterpolation(_ fragment: SQL) {
      sql.append(fragment)
    }

    /// Appends a quoted identifier.
    public mutating func appendInterpolation(identifier name: String) {
      sql.append(identifier: name)
    }

    /// Appends text that the program itself wrote.
    public mutating func appendInterpolation(raw text: String) {
      sql.append(raw: text)
    }
  }
}

extension SQL: CustomStringConvertible {
  /// The text with placeholders; values never appear.
  public var description: String { text }
}
