/// Turns names of the schema into names that Swift code has.
enum SwiftName {
  /// `post_tags` → `PostTag`: the singular, with the table's `@type` before everything else.
  static func type(ofTable table: SchemaTable) -> String {
    table.comment.type ?? upper(singular(words(table.name)))
  }

  /// `post_status` → `PostStatus`.
  static func type(ofEnumeration name: String) -> String {
    upper(words(name))
  }

  /// `author_id` → `authorID`, without backticks.
  static func property(_ name: String) -> String {
    lower(words(name))
  }

  /// `author_id` → `author`: what a foreign key's column says about the row it leads to.
  static func role(ofColumn name: String) -> String {
    let words = words(name)
    return lower(words.count > 1 && words.last == "id" ? words.dropLast() : words)
  }

  /// `post_tags` → `postTags`: many rows of a table.
  static func plural(ofTable table: SchemaTable) -> String {
    guard let type = table.comment.type else { return lower(words(table.name)) }
    return plural(type.prefix(1).lowercased() + type.dropFirst())
  }

  /// `post_tags` → `postTag`: one row of a table.
  static func singular(ofTable table: SchemaTable) -> String {
    let type = type(ofTable: table)
    return type.prefix(1).lowercased() + type.dropFirst()
  }

  /// `category` → `categories`.
  static func plural(_ word: String) -> String {
    if word.hasSuffix("s") || word.hasSuffix("x") || word.hasSuffix("ch") || word.hasSuffix("sh") {
      return word + "es"
    }
    if word.hasSuffix("y"), let before = word.dropLast().last, !"aeiou".contains(before) {
      return word.dropLast() + "ies"
    }
    return word + "s"
  }

  /// The name with backticks when it is a keyword.
  static func escaped(_ name: String) -> String {
    keywords.contains(name) ? "`\(name)`" : name
  }

  /// `URL` → `url`, `Post` → `post`: the noun for sentences.
  static func spoken(_ table: SchemaTable) -> String {
    words(table.name).isEmpty ? table.name : singular(words(table.name)).joined(separator: " ")
  }

  private static func words(_ name: String) -> [String] {
    name.split { !$0.isLetter && !$0.isNumber }.map { $0.lowercased() }
  }

  private static func upper(_ words: [String]) -> String {
    words.map { acronyms[$0] ?? $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private static func lower(_ words: some Collection<String>) -> String {
    guard let first = words.first else { return "_" }
    let name = first + upper(Array(words.dropFirst()))
    return first.first?.isNumber == true ? "_" + name : name
  }

  private static func singular(_ words: [String]) -> [String] {
    guard let last = words.last else { return words }
    return words.dropLast() + [singular(last)]
  }

  /// Rules for what ends regularly; other words are said with `@type`.
  private static func singular(_ word: String) -> String {
    if let irregular = irregulars[word] { return irregular }
    for (ending, replacement) in endings where word.hasSuffix(ending) {
      return word.dropLast(ending.count) + replacement
    }
    return word
  }

  private static let irregulars = [
    "children": "child", "media": "media", "news": "news", "people": "person", "series": "series",
  ]

  private static let endings = [
    ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("zzes", "zz"), ("uses", "us"),
    ("ies", "y"), ("ss", "ss"), ("s", ""),
  ]

  private static let acronyms = [
    "api": "API", "html": "HTML", "http": "HTTP", "id": "ID", "ids": "IDs", "ip": "IP",
    "json": "JSON", "url": "URL", "urls": "URLs", "uuid": "UUID",
  ]

  private static let keywords: Set<String> = [
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer",
    "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for",
    "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil",
    "operator", "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return",
    "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
    "typealias", "var", "where", "while", "Any", "Self", "Type",
  ]
}
