/// The grammatical form that a whole number asks for.
///
/// Source: Unicode CLDR 46, cardinal rules for `en` and `ru`, whole numbers only.
public enum PluralCategory: String, Sendable, CaseIterable {
  /// 1 in English; 1, 21, 31, … in Russian.
  case one
  /// 2 to 4, 22 to 24, … in Russian.
  case few
  /// 0, 5 to 20, … in Russian.
  case many
  /// All other numbers in English; fractions in Russian.
  case other

  /// The form for a number.
  public init(_ number: Int, in language: Language) {
    let magnitude = number.magnitude
    switch language {
    case .english: self = magnitude == 1 ? .one : .other
    case .russian:
      let (tens, units) = (magnitude % 100, magnitude % 10)
      switch units {
      case 1 where tens != 11: self = .one
      case 2...4 where !(12...14).contains(tens): self = .few
      default: self = .many
      }
    }
  }

  /// The forms that every plural in a language must bring.
  public static func needed(in language: Language) -> [PluralCategory] {
    switch language {
    case .english: [.one, .other]
    case .russian: [.one, .few, .many, .other]
    }
  }
}
