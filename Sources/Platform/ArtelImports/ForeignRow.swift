public import ArtelIdentifiers
public import Foundation

/// A row of another system whose columns are all texts.
public struct ForeignRow: Hashable, Sendable {
  /// The columns in their order; nil for null.
  public let columns: [String?]

  /// Makes a row.
  public init(_ columns: [String?]) {
    self.columns = columns
  }

  /// A column as it is; nil when it is null or there is none.
  public func text(_ index: Int) -> String? {
    columns.indices.contains(index) ? columns[index] : nil
  }

  /// A column that holds a UUID; nil for anything else.
  public func id(_ index: Int) -> ForeignID? {
    text(index).flatMap { ForeignID($0) }
  }

  /// A column that holds a number; nil for anything else.
  public func number(_ index: Int) -> Int? {
    text(index).flatMap { Int($0) }
  }

  /// A column that holds a boolean; nil for anything else.
  public func boolean(_ index: Int) -> Bool? {
    switch text(index) {
    case "true", "t", "1": true
    case "false", "f", "0": false
    default: nil
    }
  }

  /// A column that holds microseconds since 1970; nil for anything else.
  public func time(_ index: Int) -> Date? {
    number(index).map { Date(timeIntervalSince1970: Double($0) / 1e6) }
  }

  /// A column that holds UUIDs with commas between; what is none is left out.
  public func ids(_ index: Int) -> [ForeignID] {
    (text(index) ?? "").split(separator: ",").compactMap { ForeignID($0) }
  }
}
