/// Cyrillic in Latin letters, for addresses and usernames.
public enum Transliteration {
  /// A small Cyrillic letter in small Latin ones, none for a sign without a sound; nil for any other
  /// character.
  ///
  /// As in passports, which people know from theirs. Source: ICAO 9303-3, section 6.
  public static func latin(_ letter: Character) -> String? {
    letters[letter]
  }

  private static let letters: [Character: String] = [
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "ie", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia", "і": "i",
    "ї": "i", "є": "ie", "ґ": "g", "ў": "u",
  ]
}
