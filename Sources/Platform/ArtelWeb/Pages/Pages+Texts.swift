extension Pages {
  /// A text of the catalog for a model, in the language of the page.
  ///
  /// The values are what its placeholders stand for; a plural needs its number, an `Int`.
  public func text(
    _ key: String,
    _ values: [String: any CustomStringConvertible & Sendable] = [:],
    in language: Language
  ) -> String {
    share.strings.text(key, in: language, values)
  }

  /// A size such as `2.4 MB` or `2,4 МБ`.
  public func byteText(_ count: Int, in language: Language) -> String {
    LocalFormat(language: language).bytes(count, strings: share.strings)
  }
}
