/// Writes a row type as a Swift file that reads as if written by hand.
struct RowFile {
  private let type: RowType
  private let table: SchemaTable

  init(_ type: RowType) {
    self.type = type
    table = type.table
  }

  var name: String { "\(type.name).swift" }

  /// The whole file.
  var text: String {
    var parts = [imports, declaration, columns]
    if !type.relations.isEmpty { parts.append(relations) }
    return SourceText.header + parts.joined(separator: "\n\n") + "\n"
  }

  private var imports: String {
    var modules: Set<String> = ["ArtelModel", "ArtelPostgres"]
    for property in type.properties { modules.formUnion(property.modules) }
    let makesIDs = type.properties.contains { $0.defaultArgument == ".generate()" }
    if makesIDs || type.declaredID != nil { modules.insert("ArtelIdentifiers") }
    return modules.sorted().map { "import \($0)" }.joined(separator: "\n")
  }

  private var declaration: String {
    var lines: [String] = []
    if let id = type.declaredID {
      let (noun, vowels) = (SwiftName.spoken(table), "aeiou")
      let article = noun.first.map(vowels.contains) == true ? "an" : "a"
      lines += SourceText.documentation("Names \(article) \(noun).", indentation: 0)
      lines += ["typealias \(id) = Identifier<\(type.name)>", ""]
    }
    let comment = table.comment.text.isEmpty ? "A row of `\(table.name)`." : table.comment.text
    lines += SourceText.documentation(comment, indentation: 0)
    lines.append("struct \(type.name): \(type.key == nil ? "TableRow" : "KeyedRow"), Hashable {")
    for property in type.properties {
      lines += SourceText.documentation(property.column.comment.text, indentation: 2)
      lines.append("  \(keyword(property)) \(escaped(property)): \(property.fullType)")
    }
    if !hasSynthesizedInitializer { lines += [""] + initializer }
    return (lines + ["}"]).joined(separator: "\n")
  }

  /// Whether the compiler makes the same initializer by itself.
  private var hasSynthesizedInitializer: Bool {
    type.properties.allSatisfy { !$0.column.isMadeByDatabase && $0.defaultArgument == nil }
  }

  private var initializer: [String] {
    let made = type.properties.filter(\.column.isMadeByDatabase)
    let given = type.properties.filter { !$0.column.isMadeByDatabase }
    var comment = "Makes a row to insert."
    if !made.isEmpty {
      let names = made.map { "`\($0.name)`" }.joined(separator: ", ")
      comment += "\n\nThe database makes \(names): see the row that the insert returns."
    }
    let parameters = given.map { property in
      let label = property.name == "inout" || property.name == "var" || property.name == "let"
      let name = label ? escaped(property) : property.name
      let value = property.defaultArgument.map { " = \($0)" } ?? ""
      return "\(name): \(property.fullType)\(value)"
    }
    var lines = SourceText.documentation(comment, indentation: 2)
    lines += SourceText.call("  init", parameters, suffix: " {")
    lines += given.map { "    self.\($0.name) = \(escaped($0))" }
    lines += made.map { "    \(escaped($0)) = \(neutralValue(of: $0))" }
    return lines + ["  }"]
  }

  private var columns: String {
    var lines = ["extension \(type.name) {"]
    lines += SourceText.documentation("The columns of `\(table.name)`.", indentation: 2)
    lines.append("  struct Columns: Sendable {")
    for property in type.properties {
      let column = "Column<\(type.name), \(property.fullType)>"
      var arguments = [SourceText.literal(property.column.sqlName)]
      if let cast = property.cast { arguments.append("type: \(SourceText.literal(cast))") }
      if property.column.isMadeByDatabase { arguments.append("isMadeByDatabase: true") }
      lines += SourceText.call("    let \(escaped(property)) = \(column)", arguments, suffix: "")
    }
    lines += ["  }", "", "  static let columns = Columns()"]
    if let key = type.key { lines.append("  static let keyColumn = columns.\(key.name)") }
    lines += ["  static let table = Table("]
    lines.append("    \(SourceText.literal(table.sqlName)),")
    let key = table.key.compactMap(type.property).map { "columns.\($0.name)" }
    lines.append("    key: [\(key.joined(separator: ", "))],")
    let all = type.properties.map { "columns.\($0.name)" }
    lines += SourceText.list("    columns: ", all)
    lines += ["  )", "", "  init(from row: PostgresRow, at offset: Int) throws {"]
    for (index, property) in type.properties.enumerated() {
      let place = index == 0 ? "offset" : "offset + \(index)"
      lines.append("    \(escaped(property)) = try row.decode(at: \(place))")
    }
    lines += ["  }", "", "  func write(to values: inout RowValues) {"]
    for property in type.properties where !property.column.isMadeByDatabase {
      lines.append("    values.append(\(escaped(property)))")
    }
    return (lines + ["  }", "}"]).joined(separator: "\n")
  }

  private var relations: String {
    var lines = ["extension \(type.name) {"]
    for (index, relation) in type.relations.enumerated() {
      if index > 0 { lines.append("") }
      lines += SourceText.documentation(relation.comment, indentation: 2)
      let head = "  static let \(SwiftName.escaped(relation.name)) = "
      let value = "Relation<\(type.name), \(relation.related)>.\(relation.construction)"
      if !value.contains("\n"), (head + value).count > SourceText.width {
        lines += [String(head.dropLast()), "    \(value)"]
      } else {
        lines.append(head + value)
      }
    }
    return (lines + ["}"]).joined(separator: "\n")
  }

  private func keyword(_ property: RowProperty) -> String {
    let isFixed = property.column.isMadeByDatabase || table.key.contains(property.column.name)
    return isFixed ? "let" : "var"
  }

  private func escaped(_ property: RowProperty) -> String {
    SwiftName.escaped(property.name)
  }

  /// What a value is before the database has made it.
  private func neutralValue(of property: RowProperty) -> String {
    if property.column.isNullable { return "nil" }
    switch property.type {
    case "Int", "Double", "Float", "Decimal": return "0"
    case "Bool": return "false"
    case "String": return "\"\""
    case "Date": return "Date(timeIntervalSince1970: 0)"
    case "Bytea": return "Bytea([])"
    case "JSONText": return "JSONText(\"null\")"
    case "CalendarDay": return "CalendarDay(daysSince1970: 0)"
    case "PostgresInterval": return ".zero"
    case let type where type.hasPrefix("PostgresRange<"): return ".empty"
    case let type where type.hasPrefix("PostgresMultirange<"): return "PostgresMultirange([])"
    default: return property.type.hasPrefix("[") ? "[]" : ".generate()"
    }
  }
}

/// Writes an enum type as a Swift file.
struct EnumerationFile {
  let enumeration: SchemaEnumeration

  var name: String { "\(typeName).swift" }

  /// The whole file.
  var text: String {
    let comment = enumeration.comment.text
    var lines = ["import ArtelPostgres", ""]
    lines += SourceText.documentation(
      comment.isEmpty ? "A value of `\(enumeration.name)`." : comment,
      indentation: 0
    )
    lines.append("enum \(typeName): String, PostgresCodable, CaseIterable {")
    for label in enumeration.labels {
      let name = SwiftName.property(label)
      let value = name == label ? "" : " = \(SourceText.literal(label))"
      lines.append("  case \(SwiftName.escaped(name))\(value)")
    }
    return SourceText.header + (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private var typeName: String { SwiftName.type(ofEnumeration: enumeration.name) }
}
