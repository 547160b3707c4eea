public import FoundationEssentials

/// A value on a page, in the form templates understand.
///
/// Models of pages are plain structs, taken apart by reflection (``init(reflecting:)``); a type
/// that is shown often, or has computed properties to show, conforms to ``ViewRepresentable``
/// instead.
public enum ViewValue: Sendable {
  /// No value: writes nothing, is false, and hides a value of the same name further out.
  case none
  /// Text, escaped when written; an empty one is false.
  case text(String)
  /// A whole number, with `.text` (grouped) and `.bytes` (as a size); 0 is true.
  case number(Int)
  /// True or false.
  case flag(Bool)
  /// A time, with `.iso`, `.text` and `.day`.
  case date(Date)
  /// Several values; an empty list is false.
  case list([ViewValue])
  /// Named values; names are snake_case.
  case object([String: ViewValue])
}

/// A type that tells how it looks on pages.
public protocol ViewRepresentable {
  /// How it looks; names are snake_case.
  var viewValue: ViewValue { get }
}

extension ViewValue: ViewRepresentable {
  /// Itself.
  public var viewValue: ViewValue { self }
}

extension ViewValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral
{
  /// Makes a text.
  public init(stringLiteral value: String) { self = .text(value) }
  /// Makes a number.
  public init(integerLiteral value: Int) { self = .number(value) }
  /// Makes a flag.
  public init(booleanLiteral value: Bool) { self = .flag(value) }
  /// Makes a list.
  public init(arrayLiteral elements: ViewValue...) { self = .list(elements) }
  /// Makes an object; of names that occur twice the last counts.
  public init(dictionaryLiteral elements: (String, ViewValue)...) {
    self = .object(Dictionary(elements) { $1 })
  }
  /// Makes no value.
  public init(nilLiteral: ()) { self = .none }
}
